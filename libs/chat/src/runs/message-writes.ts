// What the writes of a message and of its answer have in common, on both databases.
export const INSERT_MESSAGE = `insert into messages (id, conversation_id, run_id, role, content, created_at)`;
export const COUNT_IN_CONVERSATION = `update conversations
  set updated_at = ?, message_count = message_count + 1, content_bytes = content_bytes + ?`;
export const COUNT_IN_USAGE = `update chat_usage set messages = messages + 1, bytes = bytes + ?`;
