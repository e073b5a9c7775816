-- Turns that were stored before there were conversations.
INSERT INTO chat_conversations
    (conversation_id, revision, owner, title, event_id, shared, turns, created_at, updated_at, deleted_at, erased)
SELECT
    conversation_id, 1, argMin(user, turn), substringUTF8(argMinIf(content, turn, role = 'user'), 1, 80),
    argMin(event_id, turn), false, max(turn), min(created_at), max(created_at), NULL, false
FROM chat_turns FINAL
WHERE conversation_id NOT IN (SELECT conversation_id FROM chat_conversations)
GROUP BY conversation_id
