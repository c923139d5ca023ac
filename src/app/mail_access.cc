#include "app/mail_access.h"

#include "model/fields.h"
#include "register/label_rows.h"

namespace crossguard {
namespace {

constexpr int64_t kOfficersMax = 100;

}  // namespace

nlohmann::json AccessNoticeJson(const std::string& compartment, int64_t officer_count, Instant from, Instant until) {
  return {{"compartment", compartment}, {"from", ToText(from)}, {"officers", officer_count}, {"until", ToText(until)}};
}

Result<Handled> HandleAccessNotice(House&, Transaction& transaction, const Permit& permit,
                                   const ReceivedMessage& message) {
  const Fields fields =
      TRY(Fields::Of(message.body, "The access notice", {"compartment", "from", "officers", "until"}));
  const std::string compartment = TRY(fields.Line("compartment", 64));
  const auto noun = LabelledNoun(compartment);
  if (noun != "operation" && noun != "case") return fields.Wrong("compartment", "the id of an operation or a case");
  const int64_t officers = TRY(fields.Count("officers"));
  if (officers < 1 || officers > kOfficersMax) return fields.Wrong("officers", "how many officers it were");
  const std::string from_text = TRY(fields.Line("from", 64));
  const std::string until_text = TRY(fields.Line("until", 64));
  const auto from = ParseInstant(from_text);
  const auto until = ParseInstant(until_text);
  if (!from) return fields.Wrong("from", "a time (RFC 3339)");
  if (!until || *until <= *from) return fields.Wrong("until", "a later time (RFC 3339)");
  TRY(InsertAccessNotice(transaction, {.sender = message.from,
                                       .message = message.id,
                                       .compartment = compartment,
                                       .officer_count = officers,
                                       .from = *from,
                                       .until = *until,
                                       .received_at = permit.at()}));
  return Handled{.facts = {{"compartment", compartment}}};
}

}  // namespace crossguard
