#include "outcome/cases.h"

#include "model/ids.h"
#include "outcome/batch.h"

namespace crossguard::outcome {
namespace {

Status CheckWord(const std::string& word, const std::string& what, bool needed) {
  if ((needed && word.empty()) || word.size() > kWordMaxBytes || !IsUtf8(word) ||
      word.find_first_of("\r\n\t") != std::string::npos)
    return Fail(Code::kInvalid,
                "Give " + what + " in one line of at most " + std::to_string(kWordMaxBytes) + " bytes.");
  return {};
}

}  // namespace

Instant DayOf(Instant at) {
  return {at.micros - ((at.micros % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay};
}

Result<outcome_rows::CaseRow> OpenCase(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                       const AuthorityBook& book, const CaseFacts& facts) {
  CHECK(permit.act() == Act::kOpenCase);
  TRY(CheckWord(facts.operation, "the operation's name", true));
  TRY(CheckWord(facts.case_number, "the case's number", true));
  TRY(CheckWord(facts.package, "the package's id", false));
  TRY(CheckWord(facts.account, "the account's id", false));
  const Authority* const self = book.Find(book.self);
  outcome_rows::CaseRow row{.id = ids.Make<NationalCase>(facts.operation + "\n" + facts.case_number).text(),
                            .operation = facts.operation,
                            .case_number = facts.case_number,
                            .country = self == nullptr ? "" : self->country,
                            .package = facts.package,
                            .account = facts.account,
                            .lead_officer = permit.officer(),
                            .opened_at = permit.at()};
  TRY(outcome_rows::InsertCase(transaction, row));
  return row;
}

OutcomeReport CaseOpened(const outcome_rows::CaseRow& opened) {
  OutcomeReport out;
  out.ref = opened.id;
  out.kind = OutcomeKind::kCaseOpened;
  out.on = out.reported_on = DayOf(opened.opened_at);
  out.country = opened.country;
  out.case_number = opened.case_number;
  out.package = opened.package;
  if (!opened.account.empty()) out.accounts = {opened.account};
  return out;
}

Status CloseCase(Transaction& transaction, const Permit& permit, const std::string& id, const std::string& reason) {
  CHECK(permit.act() == Act::kOpenCase);
  if (!TRY(outcome_rows::CloseCase(transaction, id, reason, permit.at())))
    return Fail(Code::kConflict, "Case " + id + " is closed already; see `crossguard case show`.");
  return {};
}

}  // namespace crossguard::outcome
