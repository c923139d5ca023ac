// Version 3: envelopes that leave and arrive.
#include "register/schema_parts.h"

namespace crossguard {

const std::string_view kExchangeTables = R"sql(
CREATE TABLE outbox (                       -- exchange: what leaves, in the transaction of the act that says it
  message_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                  -- "msg-..."
  recipient TEXT NOT NULL,                  -- authority id
  kind TEXT NOT NULL,                       -- MessageKind
  body TEXT NOT NULL,                       -- canonical JSON
  labels TEXT NOT NULL,                     -- canonical JSON of Labels
  in_reply_to TEXT NOT NULL DEFAULT '',
  urgency TEXT NOT NULL DEFAULT 'normal',
  due_at INTEGER,
  attachment TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting'     -- waiting | sealed | taken | held | refused (the receiver's receipt says which)
) STRICT;
)sql";

}  // namespace crossguard
