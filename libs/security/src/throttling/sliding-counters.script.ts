import { STEPS_PER_WINDOW } from './sliding-window.js';

/**
 * `SlidingWindow` for each of the keys, one after the other, by the clock of Redis: two commands for one key would let a
 * burst through between them, and two instances have two clocks. Steps are kept as one list of numbers: from, to, hits.
 * A count writes in any case, if only nothing: a replica refuses that, but answers what is only read, from counters that
 * it does not keep. Per key: ttl, limit, what is asked; the answer has hits and the time until there is room.
 */
export const SLIDING_COUNTERS_SCRIPT = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function release(key)
  local packed = redis.call('get', key)
  local steps = packed and cmsgpack.unpack(packed) or {}
  if #steps == 0 then return end
  steps[#steps] = steps[#steps] - 1
  if steps[#steps] == 0 then steps[#steps], steps[#steps - 1], steps[#steps - 2] = nil, nil, nil end
  if #steps == 0 then redis.call('del', key)
  else redis.call('set', key, cmsgpack.pack(steps), 'keepttl') end
end

local function slide(key, ttl, limit, what)
  local packed = redis.call('get', key)
  local steps, kept, total = packed and cmsgpack.unpack(packed) or {}, {}, 0
  for at = 1, #steps, 3 do
    if steps[at + 1] + ttl > now then
      kept[#kept + 1], kept[#kept + 2], kept[#kept + 3] = steps[at], steps[at + 1], steps[at + 2]
      total = total + steps[at + 2]
    end
  end
  if what == 'count' and total < limit then
    local last = #kept - 2
    if #kept > 0 and now - kept[last] < ttl / ${STEPS_PER_WINDOW} then
      kept[last + 1] = math.max(kept[last + 1], now)
      kept[last + 2] = kept[last + 2] + 1
    else
      kept[#kept + 1], kept[#kept + 2], kept[#kept + 3] = now, now, 1
    end
    redis.call('set', key, cmsgpack.pack(kept), 'px', ttl)
  elseif what == 'count' and packed then
    redis.call('append', key, '')
  end
  return total + 1, (kept[2] or now) + ttl - now
end

local answers = {}
for at, key in ipairs(KEYS) do
  local hits, left = 0, 0
  local ttl, limit, what = ARGV[at * 3 - 2], ARGV[at * 3 - 1], ARGV[at * 3]
  if what == 'release' then release(key)
  else hits, left = slide(key, tonumber(ttl), tonumber(limit), what) end
  answers[at * 2 - 1], answers[at * 2] = hits, left
end
return answers`;

/** The script as a command: the client sends its digest, and its text only to a server that does not know it. */
export interface SlidingCounters {
  slide(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<number[]>;
}
