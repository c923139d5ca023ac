// What arriving questions and their answers do: requests for information, releases after a hit, hit or no hit.
// Bodies: docs/formats/messages/requests.md.
#pragma once

#include "app/mail_room.h"

namespace crossguard {

constexpr int64_t kHitQueriesPerDayMax = 1'000;    // of one authority; beyond that it is held until tomorrow (UTC)
constexpr int64_t kHitQueriesPerOfficerMax = 100;  // of one of its officers; the same
constexpr size_t kSelectorsPerRequestMax = 100;
constexpr size_t kReleasedFieldsMax = 1'000;
constexpr size_t kHitAnswerBytes =
    2'048;  // the body of each hit answer, padded: a carrier learns nothing from its size

Result<Handled> HandleInformationRequest(House& house, Transaction& transaction, const Permit& permit,
                                         const ReceivedMessage& message);
Result<Handled> HandleInformationAnswer(House& house, Transaction& transaction, const Permit& permit,
                                        const ReceivedMessage& message);
Result<Handled> HandleReleaseRequest(House& house, Transaction& transaction, const Permit& permit,
                                     const ReceivedMessage& message);
Result<Handled> HandleReleaseDecision(House& house, Transaction& transaction, const Permit& permit,
                                      const ReceivedMessage& message);
Result<Handled> HandleHitQuery(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message);
Result<Handled> HandleHitAnswer(House& house, Transaction& transaction, const Permit& permit,
                                const ReceivedMessage& message);

// Would a receiver take this body? kInvalid, kUnsupported: as it would say.
Status CheckRequestBody(const nlohmann::json& body);
Status CheckRequestAnswerBody(const nlohmann::json& body);
Status CheckReleaseRequestBody(const nlohmann::json& body);

// Default deny: hits, releases and tags are a flow of selectors to the asker, for cross_check. kDenied.
Status CheckHitGateway(const House& house, const std::string& to, Instant at);
// Who asks, as the other house may know it: an id that stays the same for one day (UTC) and recipient, so that a quota
// can be kept, and nobody there learns who works on what. Which officer it is stands in this house's ledger.
std::string OfficerTo(const House& house, const std::string& officer, const std::string& to, Instant at);
// "ofc-..." as OfficerTo makes it. kInvalid.
Status CheckOfficerName(std::string_view name);
// Counts `count` questions for the authority's officer unless that would pass the quota of either: kExhausted, held
// until tomorrow; kInvalid where it would pass the officer's on any day. Open and blinded questions share both.
struct HitQuestions {
  std::string authority, officer;
  Instant received;
  int64_t count = 1;
};
Status TakeFromQuota(Transaction& transaction, const HitQuestions& asked);
// What was asked here by whom, newest day first: authority, day, officer ("" for all of it), asked.
Result<nlohmann::json> ListHitQuota(House& house);

// Of this authority, from the book.
std::string ContactOf(const House& house);

struct AskedSelector {
  std::string type;   // of SelectorType, or md5 | sha1 | sha256
  std::string value;  // normalised; digests in lower-case hex
};
// "type:value" as a person writes it, normalised. kInvalid.
Result<AskedSelector> SelectorFromText(std::string_view text);
// {"type","value"} of another node: must be in its normal form already. kInvalid.
Result<AskedSelector> SelectorFromJson(const nlohmann::json& json);
// What this house itself holds on it, as [{"type","value","category","ref"}], at most kReleasedFieldsMax.
Result<nlohmann::json> HeldOn(House& house, const AskedSelector& selector);

}  // namespace crossguard
