#include "coordination/interests.h"

#include <algorithm>

#include "base/json.h"
#include "model/fields.h"
#include "register/coordination_rows.h"

namespace crossguard::coordination {
namespace {

using nlohmann::json;
namespace rows = coordination_rows;

constexpr size_t kOperationNameMaxBytes = 64;

}  // namespace

Result<HeldSummary> RecordHeld(Transaction& transaction, const Permit& permit, const Held& held) {
  CHECK(permit.act() == Act::kTakeMessages || permit.act() == Act::kOpenCase || permit.act() == Act::kCrossCheck);
  if (!IsAuthorityId(held.party) || (!held.channel.empty() && !IsAuthorityId(held.channel)))
    return Fail(Code::kInvalid, "Name who holds it, and the channel, by the id of an authority.");
  if (held.basis != "received" && held.basis != "own_case")
    return Fail(Code::kInvalid, "What is held came as received or own_case; say which.");
  if (held.source.empty() || (!held.contact.empty() && !IsLine(held.contact, kContactMaxBytes)))
    return Fail(Code::kInvalid, "Name the package, message or case it came with, and a contact of one line.");
  HeldSummary summary;
  const auto insert = [&](std::string_view kind, const Result<KeyMaterial>& material) -> Status {
    if (!material) {
      ++summary.without;
      return {};
    }
    summary.keys += TRY(rows::InsertInterest(transaction.db(), {.key = material->OpenKey(),
                                                                .kind = std::string(kind),
                                                                .party = held.party,
                                                                .channel = held.channel,
                                                                .basis = held.basis,
                                                                .source = held.source,
                                                                .contact = held.contact,
                                                                .since = held.since}))
                        ? 1
                        : 0;
    return {};
  };
  for (const Held::AccountName& account : held.accounts)
    TRY(insert("account", KeyMaterial::OfAccount(account.service, account.esp_identifier)));
  for (const Held::SelectorValue& selector : held.selectors)
    TRY(insert("selector", KeyMaterial::OfSelector(selector.type, selector.value)));
  for (const Sha256& file : held.files) TRY(insert("file", KeyMaterial::OfFile(file)));
  return summary;
}

json ClaimsDocument(const std::string& operation, const std::string& from, const std::string& contact, json claims) {
  return {{"format", kClaimsFormat},
          {"operation", operation},
          {"from", from},
          {"contact", contact},
          {"claims", std::move(claims)}};
}

Result<json> OwnClaims(Transaction& transaction, const Permit& permit, const std::string& self,
                       const SecretKey& operation_secret) {
  CHECK(permit.act() == Act::kCrossCheck || permit.act() == Act::kSendMessages);
  std::vector<std::pair<std::string, json>> sorted;  // by key: the order says nothing about the data
  TRY(rows::EachHeld(transaction.db(), [&](const rows::HeldRow& row) -> Status {
    const std::string key = KeyedKey(operation_secret, row.key).hex();
    sorted.emplace_back(key, json{{"kind", row.kind},
                                  {"key", key},
                                  {"party", row.party},
                                  {"channel", row.party == self ? "" : self},
                                  {"since", DateText(row.since)}});
    return {};
  }));
  if (sorted.size() > kClaimsMax)
    return Fail(Code::kExhausted, "A document holds at most 250,000 claims; this house has more.");
  std::ranges::sort(sorted, {},
                    [](const auto& one) { return one.first + one.second["party"].template get<std::string>(); });
  json out = json::array();
  for (auto& [key, claim] : sorted) out.push_back(std::move(claim));
  return out;
}

Result<ClaimsRead> ReadClaims(ByteView document) {
  if (document.size() > kClaimsDocumentMaxBytes)
    return Fail(Code::kExhausted, "A document of claims has at most 64 MiB; send it in parts.");
  const json root = ParseJson(document);
  const Fields fields =
      TRY(Fields::OfFormat(root, "A document of claims", kClaimsFormat, {"operation", "from", "contact", "claims"}));
  ClaimsRead out;
  out.operation = TRY(fields.Line("operation", kOperationNameMaxBytes));
  out.from = TRY(fields.Authority("from"));
  out.contact = TRY(fields.Line("contact", kContactMaxBytes));
  const json& claims = fields.at("claims");
  if (!claims.is_array() || claims.size() > kClaimsMax)
    return fields.Wrong("claims", "a list of at most 250000 claims");
  for (size_t i = 0; i < claims.size(); ++i) {
    const Fields claim =
        TRY(Fields::Of(claims[i], "Claim " + std::to_string(i + 1), {"kind", "key", "party", "channel", "since"}));
    ClaimsRead::Claim one;
    one.kind = TRY(claim.OneOf("kind", {"account", "selector", "file"}));
    const std::string hex = TRY(claim.Line("key", 2 * Sha256::kSize));
    const auto key = Sha256::FromHexText(hex);
    if (!key) return claim.Wrong("key", "64 hex digits");
    one.key = *key;
    one.party = TRY(claim.Authority("party"));
    one.channel = TRY(claim.AuthorityOrEmpty("channel"));
    one.since = TRY(claim.Day("since"));
    const bool own = one.party == out.from && one.channel.empty();
    const bool through = one.channel == out.from && one.party != out.from;
    if (!own && !through)
      return Fail(Code::kDenied, "Claim " + std::to_string(i + 1) + " speaks of what neither " + out.from +
                                     " holds nor went through it; leave it out.");
    out.claims.push_back(std::move(one));
  }
  return out;
}

Result<ClaimsTaken> TakeClaims(Transaction& transaction, const Permit& permit, ByteView document,
                               const std::string& from, const std::string& source) {
  CHECK(permit.act() == Act::kTakeMessages || permit.act() == Act::kImportContribution);
  const ClaimsRead read = TRY(ReadClaims(document));
  if (!from.empty() && read.from != from)
    return Fail(Code::kDenied, "The document speaks for " + read.from + " but came from " + from + "; refuse it.");
  ClaimsTaken out{.operation = read.operation, .from = read.from};
  for (const ClaimsRead::Claim& claim : read.claims) {
    const bool is_new = TRY(rows::InsertClaim(transaction.db(), {.operation = read.operation,
                                                                 .key = claim.key,
                                                                 .party = claim.party,
                                                                 .channel = claim.channel,
                                                                 .kind = claim.kind,
                                                                 .contact = read.contact,
                                                                 .source = source,
                                                                 .since = claim.since}));
    (is_new ? out.taken : out.known) += 1;
  }
  return out;
}

}  // namespace crossguard::coordination
