#include "app/mail_retention.h"

#include "app/erase.h"
#include "model/canonical.h"

namespace crossguard {

namespace kept = retention_rows;

Result<Handled> HandleErasureNotice(House& house, Transaction& transaction, const Permit& permit,
                                    const ReceivedMessage& message) {
  const ErasureNotice notice = TRY(ReadNotice(message.body));
  if (notice.owner == house.book().self)
    return Fail(Code::kConflict, "The datum is this house's own; ask its owner to erase it, not a recipient.");
  const bool is_new = TRY(kept::PutOrder(transaction, {.key = 0,
                                                       .sender = message.from,
                                                       .erasure_id = notice.erasure,
                                                       .message_id = message.id,
                                                       .body = Canonical(message.body),
                                                       .received_at = permit.at(),
                                                       .due_at = notice.due_at}));
  Handled out;
  out.facts = {{"erasure", notice.erasure}, {"known_before", !is_new}};
  return out;
}

Result<Handled> HandleErasureReceipt(House& house, Transaction& transaction, const Permit& permit,
                                     const ReceivedMessage& message) {
  const ErasureReceipt receipt = TRY(ReadReceipt(message.body));
  const bool changed =
      TRY(kept::AnswerNotice(transaction, receipt.erasure, message.from, receipt.state, receipt.reason, permit.at()));
  if (changed && receipt.state == "done") {
    // The notice has served its purpose: without its salt the marks say nothing.
    std::vector<std::string> sent;
    TRY(kept::EachNotice(transaction.db(), [&](const kept::Notice& notice) -> Status {
      if (notice.erasure_id == receipt.erasure && notice.recipient == message.from) sent.push_back(notice.message_id);
      return {};
    }));
    for (const std::string& id : sent) TRY(erase_rows::BlankSent(transaction, id));
  }
  if (changed) TRY(SettleErasures(house, transaction, permit));
  Handled out;
  out.facts = {{"erasure", receipt.erasure}, {"state", receipt.state}};
  return out;
}

}  // namespace crossguard
