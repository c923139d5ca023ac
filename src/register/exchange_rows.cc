#include "register/exchange_rows.h"

#include "model/canonical.h"

namespace crossguard::exchange_rows {

Result<bool> InsertOutgoing(Transaction& transaction, std::string_view id, const OutgoingMessage& message, Instant at) {
  const std::string body = Canonical(message.body);
  const std::string labels = Canonical(LabelsJson(message.labels));
  TRY(transaction.db().Run(
      "INSERT INTO outbox (id,recipient,kind,body,labels,in_reply_to,urgency,due_at,attachment,created_at) "
      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT (id) DO NOTHING",
      id, message.to, Text(message.kind), body, labels, message.in_reply_to, Text(message.urgency), message.due_at,
      message.attachment, at));
  return transaction.db().changes() > 0;
}

}  // namespace crossguard::exchange_rows
