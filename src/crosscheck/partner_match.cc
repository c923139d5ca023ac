#include "crosscheck/partner_match.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "crypto/public_id.h"
#include "register/crosscheck_rows.h"

namespace crossguard::crosscheck {
namespace {

namespace rows = crosscheck_rows;

constexpr int64_t kPdqQualityMin =
    50;  // ThreatExchange pdq/README.md: below it a picture is too flat to be told by its hash

// Accounts whose files a digest holding names.
Status MeetDigests(Database& db, std::vector<rows::MetRow>& met) {
  std::vector<rows::MetRow> holdings;
  bool any_pdq = false;
  TRY(rows::EachDigestHolding(db, [&](const rows::MetRow& holding) -> Status {
    holdings.push_back(holding);
    any_pdq = any_pdq || holding.type == "pdq";
    return {};
  }));
  std::multimap<Pdq, Key<Media>> by_pdq;
  if (any_pdq) {
    TRY(rows::EachMediaPdq(db, kPdqQualityMin, [&](Key<Media> media, const Pdq& pdq) -> Status {
      by_pdq.emplace(pdq, media);
      return {};
    }));
  }
  for (const rows::MetRow& holding : holdings) {
    const Bytes digest = TRY(FromHex(holding.value));
    std::vector<Key<Media>> media;
    if (holding.type == "pdq") {
      const Pdq pdq = TRY(Pdq::From(digest));
      for (auto [at, end] = by_pdq.equal_range(pdq); at != end; ++at) media.push_back(at->second);
    } else {
      media = TRY(rows::MediaWithDigest(db, holding.type, digest));
    }
    std::map<Key<Account>, std::string> accounts;
    for (const Key<Media> one : media) {
      TRY(rows::EachAccountWithMedia(db, one, [&](Key<Account> account, std::string_view id) -> Status {
        accounts.try_emplace(account, id);
        return {};
      }));
    }
    for (const auto& [account, id] : accounts) {
      met.push_back(holding);
      met.back().account = account;
      met.back().account_id = id;
    }
  }
  return {};
}

}  // namespace

Result<PartnerSummary> CrossCheckPartners(Transaction& transaction, const Permit& permit, const IdMaker& ids) {
  CHECK(permit.act() == Act::kCrossCheck);
  Database& db = transaction.db();
  TRY(rows::ClearPartnerHits(db));
  PartnerSummary summary;
  summary.accounts_asked = TRY(rows::CountSubjectAccounts(db));
  summary.holdings_compared = TRY(rows::CountHoldings(db));

  std::vector<rows::MetRow> met;
  TRY(rows::EachSelectorMet(db, [&](const rows::MetRow& one) -> Status {
    met.push_back(one);
    return {};
  }));
  TRY(MeetDigests(db, met));
  // By what the rows say, never by their place in the register.
  std::sort(met.begin(), met.end(), [](const rows::MetRow& a, const rows::MetRow& b) {
    return std::tie(a.account_id, a.contribution_id, a.type, a.value) <
           std::tie(b.account_id, b.contribution_id, b.type, b.value);
  });
  for (size_t i = 0; i < met.size(); ++i) {
    const rows::MetRow& one = met[i];
    TRY(rows::InsertPartnerHit(
        db, ids.Make<PartnerHit>(one.account_id + "/" + one.contribution_id + "/" + one.type + "/" + one.value), one));
    ++summary.hit_count;
    summary.accounts_with_hit += i == 0 || met[i - 1].account_id != one.account_id ? 1 : 0;
  }
  return summary;
}

Result<std::vector<HitNoHit>> AnswerFor(Transaction& transaction, const Permit& permit, Key<Account> account) {
  CHECK(permit.act() == Act::kCrossCheck || permit.act() == Act::kShowRecord);
  std::vector<HitNoHit> answers;
  TRY(rows::EachPartnerAnswer(
      transaction.db(), account,
      [&](std::string_view type, std::string_view owner, std::string_view contact) -> Status {
        answers.push_back(
            {.hit = true, .type = std::string(type), .owner = std::string(owner), .contact = std::string(contact)});
        return {};
      }));
  if (answers.empty()) answers.emplace_back();
  return answers;
}

}  // namespace crossguard::crosscheck
