#include "app/mail_coordination.h"

#include "app/coordination_desk.h"
#include "coordination/messages.h"
#include "register/coordination_rows.h"

namespace crossguard {
namespace {

Handled Facts(nlohmann::json facts) {
  Handled out;
  out.facts = std::move(facts);
  return out;
}

}  // namespace

Result<Handled> HandleDeconflictionNotice(House& house, Transaction& transaction, const Permit& permit,
                                          const ReceivedMessage& message) {
  const coordination::NoticeBody body = TRY(coordination::ReadNotice(message.body));
  if (body.other == house.book().self)
    return Fail(Code::kInvalid, "A deconfliction notice names the other party, not its receiver.");
  TRY(coordination_rows::InsertNotice(transaction.db(), {.origin = message.from,
                                                         .deconfliction = body.deconfliction,
                                                         .other = body.other,
                                                         .contact = body.contact,
                                                         .kind = body.kind,
                                                         .message = message.id,
                                                         .state = "open",
                                                         .leads = "",
                                                         .outcome = "",
                                                         .since = body.since,
                                                         .received_at = permit.at()}));
  return Facts({{"deconfliction", body.deconfliction}});
}

Result<Handled> HandleDeconflictionSettled(House& house, Transaction& transaction, const Permit& permit,
                                           const ReceivedMessage& message) {
  const coordination::SettledBody body = TRY(coordination::ReadSettled(message.body));
  coordination::Settlement settlement{
      .deconfliction = body.deconfliction, .leads = body.leads, .outcome = body.outcome, .agreed_by = body.agreed_by};
  const std::string& self = house.book().self;
  Database& db = transaction.db();
  // Ids are each house's own, so what this sender told of comes first.
  if (TRY(coordination_rows::SettleNotices(db, message.from, body.deconfliction, body.leads, body.outcome)) > 0)
    return Facts({{"deconfliction", body.deconfliction}, {"state", "settled"}});
  if (!TRY(coordination::Agree(transaction, permit, self, message.from, settlement)))
    return Facts({{"deconfliction", body.deconfliction}, {"state", "waits_for_the_others"}});
  const auto row = TRY(coordination_rows::FindDeconfliction(db, body.deconfliction));
  CHECK(row.has_value());
  settlement.agreed_by =
      TRY(coordination_rows::AgreedSo(db, row->key, body.leads, body.outcome, row->party_count));  // not as one says
  const auto settled = TRY(coordination::Settle(transaction, permit, self, settlement));
  TRY(TellSettled(house, transaction, permit, settlement, settled.recipients));
  return Facts({{"deconfliction", body.deconfliction}, {"state", "settled"}});
}

Result<Handled> HandleLeadAssignment(House&, Transaction& transaction, const Permit& permit,
                                     const ReceivedMessage& message) {
  const coordination::LeadBody body = TRY(coordination::ReadLead(message.body));
  TRY(coordination::PutLead(transaction, permit,
                            {.origin = message.from, .about = body.about, .authority = body.lead}));
  return Facts({{"about", body.about}});
}

Result<Handled> HandleTask(House& house, Transaction& transaction, const Permit& permit,
                           const ReceivedMessage& message) {
  const coordination::TaskBody body = TRY(coordination::ReadTask(message.body));
  TRY(coordination::PutTask(transaction, permit, house.ids(),
                            {.origin = message.from,
                             .id = body.task,
                             .about = body.about,
                             .what = body.what,
                             .authority = house.book().self,
                             .due = body.due}));
  return Facts({{"task", body.task}});
}

Result<Handled> HandleTaskReport(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message) {
  const coordination::TaskReportBody body = TRY(coordination::ReadTaskReport(message.body));
  TRY(coordination::ReportTask(
      transaction, permit,
      {.origin = house.book().self, .id = body.task, .state = body.state, .note = body.note, .said_by = message.from}));
  return Facts({{"task", body.task}, {"state", body.state}});
}

}  // namespace crossguard
