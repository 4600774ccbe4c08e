import bcrypt from 'bcrypt';

/** Prints the CPU time of one comparison at the cost that the gateway hashes with by default. Microseconds. */
const HASHES = 20;
const HASH = '$2b$10$abcdefghijklmnopqrstuuN2e1S6YvkL4RmWwqbTvTZ1xJYgQmBkq';

const before = process.cpuUsage();
for (let n = 0; n < HASHES; n += 1) bcrypt.compareSync('x'.repeat(64), HASH);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / HASHES));
