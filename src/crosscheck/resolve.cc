#include "crosscheck/resolve.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "crosscheck/strength.h"
#include "crypto/public_id.h"
#include "register/crosscheck_rows.h"

namespace crossguard::crosscheck {
namespace {

namespace rows = crosscheck_rows;

// Union-find; the root of a set is its lowest number, so that the result does not depend on the order of unions.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }
  uint32_t Root(uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void Join(uint32_t a, uint32_t b) {
    a = Root(a);
    b = Root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<uint32_t> parent_;
};

struct Eligible {
  std::string id;  // public id: the order of everything here
  Key<Account> key;
};

// Sorted by id; everybody else is written to index_exclusion.
Result<std::vector<Eligible>> Admit(Database& db, ResolveSummary& summary) {
  std::vector<Eligible> eligible;
  std::vector<std::pair<Key<Account>, std::string_view>> excluded;
  TRY(rows::EachAccount(db, [&](const rows::AccountRow& account) -> Status {
    ++summary.account_count;
    if (account.ever_victim) {
      ++summary.excluded_victim;
      excluded.emplace_back(account.key, "victim");
    } else if (account.may_be_minor) {
      ++summary.excluded_may_be_minor;
      excluded.emplace_back(account.key, "may_be_minor");
    } else if (!account.reported) {
      ++summary.excluded_recipient_only;
      excluded.emplace_back(account.key, "recipient_only");
    } else {
      eligible.push_back({account.id, account.key});
    }
    return {};
  }));
  for (const auto& [key, reason] : excluded) TRY(rows::InsertExclusion(db, key, reason));
  std::sort(eligible.begin(), eligible.end(), [](const Eligible& a, const Eligible& b) { return a.id < b.id; });
  summary.eligible_count = static_cast<int64_t>(eligible.size());
  return eligible;
}

struct Link {
  Key<Selector> selector;
  Strength strength;
  std::vector<uint32_t> accounts;  // every sharer, sorted
};

// One link per selector that two or more eligible accounts share, by type and value.
Result<std::vector<Link>> FindLinks(Database& db, const std::vector<Eligible>& eligible, const CrossCheckRules& rules) {
  std::unordered_map<Key<Account>, uint32_t> number_of;
  number_of.reserve(eligible.size());
  for (uint32_t i = 0; i < eligible.size(); ++i) number_of[eligible[i].key] = i;

  std::vector<Link> links;
  Key<Selector> current;
  std::string type;
  std::string value;
  std::vector<Seen> seen;
  const auto close = [&] {
    Strength strength = Weigh(type, value, seen, rules);  // sorts `seen` by account
    if (strength.sharer_count >= 2) {
      Link link{.selector = current, .strength = std::move(strength), .accounts = {}};
      for (const Seen& one : seen) {
        if (link.accounts.empty() || link.accounts.back() != one.account) link.accounts.push_back(one.account);
      }
      links.push_back(std::move(link));
    }
    seen.clear();
  };
  TRY(rows::EachAccountSighting(db, [&](const rows::SightingRow& sighting) -> Status {
    const auto account = number_of.find(sighting.account);
    if (account == number_of.end()) return {};
    if (sighting.selector != current) {
      if (!seen.empty()) close();
      current = sighting.selector;
      type = sighting.type;
      value = sighting.value;
    }
    // A time without its zone may be a day off: it cannot show that two were there together.
    seen.push_back({.account = account->second,
                    .declared = sighting.declared,
                    .at = sighting.zone_known ? sighting.at : std::nullopt,
                    .port = sighting.port,
                    .proxy = sighting.proxy});
    return {};
  }));
  if (!seen.empty()) close();
  return links;
}

Status WriteLinks(Database& db, const std::vector<Link>& links, const std::vector<Eligible>& eligible,
                  ResolveSummary& summary) {
  for (const Link& link : links) {
    const bool strong = !link.strength.groups.empty();
    ++(strong ? summary.strong_links : summary.weak_links);
    summary.largest_sharer_count = std::max(summary.largest_sharer_count, link.strength.sharer_count);
    const int64_t key = TRY(rows::InsertLink(db, {.selector = link.selector,
                                                  .strength = strong ? "strong" : "weak",
                                                  .sharer_count = link.strength.sharer_count,
                                                  .reason = link.strength.reason}));
    std::unordered_map<uint32_t, int64_t> group_of;
    for (size_t g = 0; g < link.strength.groups.size(); ++g) {
      for (const uint32_t account : link.strength.groups[g]) group_of[account] = static_cast<int64_t>(g) + 1;
    }
    for (const uint32_t account : link.accounts) {
      const auto group = group_of.find(account);
      TRY(rows::InsertLinkAccount(db, key, eligible[account].key, group == group_of.end() ? 0 : group->second));
    }
  }
  return {};
}

Status WriteSubjects(Database& db, const IdMaker& ids, const std::vector<Eligible>& eligible, Sets& sets,
                     ResolveSummary& summary) {
  std::vector<int64_t> size(eligible.size(), 0);
  for (uint32_t i = 0; i < eligible.size(); ++i) ++size[sets.Root(i)];
  std::vector<Key<SubjectCandidate>> subject(eligible.size());
  for (uint32_t i = 0; i < eligible.size(); ++i) {
    const uint32_t root = sets.Root(i);
    if (root == i) {  // the lowest id of the set: its first account in this order
      subject[i] = TRY(rows::InsertSubject(db, ids.Make<SubjectCandidate>(eligible[i].id), size[i]));
      ++summary.subject_count;
      summary.subjects_of_several += size[i] > 1 ? 1 : 0;
      summary.accounts_in_several += size[i] > 1 ? size[i] : 0;
    }
    TRY(rows::InsertSubjectAccount(db, eligible[i].key, subject[root]));
  }
  return {};
}

}  // namespace

Result<ResolveSummary> ResolveSubjects(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                       const CrossCheckRules& rules) {
  CHECK(permit.act() == Act::kCrossCheck);
  Database& db = transaction.db();
  TRY(rows::ClearResolution(db));
  ResolveSummary summary;
  const std::vector<Eligible> eligible = TRY(Admit(db, summary));
  const std::vector<Link> links = TRY(FindLinks(db, eligible, rules));
  Sets sets(eligible.size());
  for (const Link& link : links) {
    for (const auto& group : link.strength.groups) {
      for (const uint32_t account : group) sets.Join(group.front(), account);
    }
  }
  TRY(WriteLinks(db, links, eligible, summary));
  TRY(WriteSubjects(db, ids, eligible, sets, summary));
  return summary;
}

}  // namespace crossguard::crosscheck
