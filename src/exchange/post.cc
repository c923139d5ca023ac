#include "exchange/post.h"

#include "model/canonical.h"
#include "model/ids.h"
#include "register/exchange_rows.h"

namespace crossguard::exchange {

Result<std::string> Post(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                         const OutgoingMessage& message) {
  if (message.to.empty() || message.idempotency_key.empty() || !message.body.is_object())
    return Fail(Code::kInvalid, "A message needs a recipient, an idempotency key and a body that is an object.");
  if (Canonical(message.body).size() > kBodyMaxBytes)
    return Fail(Code::kExhausted, "The body of a message may take 15 MiB; send it in parts, or as an attachment.");
  const std::string id =
      ids.Make<Message>(message.to + "\n" + std::string(Text(message.kind)) + "\n" + message.idempotency_key).text();
  TRY(exchange_rows::InsertOutgoing(transaction, id, message, permit.at()));
  return id;
}

}  // namespace crossguard::exchange
