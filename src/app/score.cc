#include "app/score.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "register/score_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr uint64_t kTruthSizeMaxBytes = uint64_t{4} << 30;
constexpr size_t kListedMax = 20;  // misses listed per line

using Keys = std::unordered_set<std::string>;
using Groups = std::unordered_map<std::string, int64_t>;

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
}

json Line(std::string_view stage, std::string_view counts, int64_t planted, int64_t found, int64_t right) {
  return {{"stage", stage},
          {"counts", counts},
          {"planted", planted},
          {"found", found},
          {"right", right},
          {"precision", Share(right, found)},
          {"recall", Share(right, planted)},
          {"missed", json::array()},
          {"wrong", json::array()}};
}

// The first few keys of `from` that `other` lacks, sorted so that two runs list the same.
json Listed(const Keys& from, const Keys& other) {
  std::vector<std::string> lacking;
  for (const std::string& key : from) {
    if (!other.contains(key)) lacking.push_back(key);
  }
  const size_t n = std::min(lacking.size(), kListedMax);
  std::partial_sort(lacking.begin(), lacking.begin() + static_cast<std::ptrdiff_t>(n), lacking.end());
  lacking.resize(n);
  return lacking;
}

json CompareKeys(std::string_view stage, std::string_view counts, const Keys& planted, const Keys& found) {
  const auto right =
      std::count_if(found.begin(), found.end(), [&](const std::string& key) { return planted.contains(key); });
  json line = Line(stage, counts, static_cast<int64_t>(planted.size()), static_cast<int64_t>(found.size()), right);
  line["missed"] = Listed(planted, found);
  line["wrong"] = Listed(found, planted);
  return line;
}

int64_t Pairs(int64_t n) {
  return n * (n - 1) / 2;
}

// Pairs that both sides put together, by the table of (planted group, found group) counts: never all pairs one by one.
json ComparePairs(std::string_view stage, std::string_view counts, const Groups& planted, const Groups& found) {
  std::unordered_map<int64_t, int64_t> planted_sizes;
  std::unordered_map<int64_t, int64_t> found_sizes;
  std::map<std::pair<int64_t, int64_t>, std::vector<const std::string*>> both;
  for (const auto& [key, group] : planted) ++planted_sizes[group];
  for (const auto& [key, group] : found) {
    ++found_sizes[group];
    if (const auto it = planted.find(key); it != planted.end()) both[{it->second, group}].push_back(&key);
  }
  const auto pairs_of = [](const std::unordered_map<int64_t, int64_t>& sizes) {
    int64_t sum = 0;
    for (const auto& [group, size] : sizes) sum += Pairs(size);
    return sum;
  };
  int64_t right = 0;
  for (const auto& [groups, keys] : both) right += Pairs(static_cast<int64_t>(keys.size()));
  json line = Line(stage, counts, pairs_of(planted_sizes), pairs_of(found_sizes), right);
  // A planted group that lies in several found ones is a miss; name one member of each part.
  int64_t last = -1;
  const std::string* first_member = nullptr;
  for (const auto& [groups, keys] : both) {
    if (groups.first == last && line["missed"].size() < kListedMax)
      line["missed"].push_back(*first_member + " | " + *keys.front());
    last = groups.first;
    first_member = keys.front();
  }
  return line;
}

std::string TextAt(const json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                                                 : std::string();
}
bool FlagAt(const json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_boolean() && object[name].get<bool>();
}
std::string AccountKey(const json& object) {
  return TextAt(object, "service") + "/" + TextAt(object, "esp_identifier");
}
const json& Part(const json& truth, const char* name) {
  static const json kEmpty = json::array();
  return truth.contains(name) && truth[name].is_array() ? truth[name] : kEmpty;
}

class Scorer {
 public:
  Scorer(Database& db, const json& truth) : db_(db), truth_(truth) {}

  Result<json> All() {
    json lines = json::array();
    TRY(Accounts(lines));
    lines.push_back(CompareKeys("examination", "claimed digests that differ", FilesWhere("claimed_hash_wrong"),
                                TRY(Found(EachHashAlert))));
    TRY(HashHits(lines));
    lines.push_back(CompareKeys("matching", "known-benign files", KeysOf("benign"), TRY(Found(EachBenignMedia))));
    lines.push_back(ComparePairs("clusters", "pairs of near-duplicates", TruthGroups("clusters"),
                                 TRY(FoundGroups(EachClusterMember))));
    lines.push_back(
        ComparePairs("subjects", "pairs of accounts of one person", Persons(), TRY(FoundGroups(EachSubjectMember))));
    lines.push_back(CompareKeys("cross-check", "hits with partners", PartnerHits(), TRY(Found(EachPartnerHit))));
    TRY(Jurisdiction(lines));
    return lines;
  }

 private:
  using Each = Status (*)(Database&, const OnKey&);
  using EachGroup = Status (*)(Database&, const OnGroup&);

  Result<Keys> Found(Each each) {
    Keys keys;
    TRY(each(db_, [&](std::string key) { keys.insert(std::move(key)); }));
    return keys;
  }
  Result<Groups> FoundGroups(EachGroup each) {
    Groups groups;
    TRY(each(db_, [&](std::string member, int64_t group) { groups.emplace(std::move(member), group); }));
    return groups;
  }
  Keys KeysOf(const char* part) const {
    Keys keys;
    for (const json& one : Part(truth_, part)) {
      if (one.is_string()) keys.insert(one.get<std::string>());
    }
    return keys;
  }
  Keys FilesWhere(const char* flag) const {
    Keys keys;
    for (const json& file : Part(truth_, "files")) {
      if (FlagAt(file, flag)) keys.insert(TextAt(file, "file_id"));
    }
    return keys;
  }
  Groups TruthGroups(const char* part) const {
    Groups groups;
    int64_t number = 0;
    for (const json& group : Part(truth_, part)) {
      ++number;
      for (const json& member : group) {
        if (member.is_string()) groups.emplace(member.get<std::string>(), number);
      }
    }
    return groups;
  }
  Groups Persons() const {
    Groups groups;
    int64_t number = 0;
    for (const json& person : Part(truth_, "persons")) {
      ++number;
      for (const json& account : Part(person, "accounts")) {
        if (account.is_array() && account.size() == 2)
          groups.emplace(account[0].get<std::string>() + "/" + account[1].get<std::string>(), number);
      }
    }
    return groups;
  }
  Keys PartnerHits() const {
    Keys keys;
    for (const json& hit : Part(truth_, "hits"))
      keys.insert(AccountKey(hit) + " " + TextAt(hit, "owner") + " " + TextAt(hit, "type"));
    return keys;
  }

  Status Accounts(json& lines) {
    Keys accounts, selectors, urgent, minors, quarantined;
    for (const json& account : Part(truth_, "accounts")) {
      const std::string key = AccountKey(account);
      accounts.insert(key);
      for (const json& selector : Part(account, "selectors"))
        selectors.insert(key + " " + TextAt(selector, "type") + " " + TextAt(selector, "value"));
      if (TextAt(account, "role") != "reported") continue;
      if (FlagAt(account, "urgent")) urgent.insert(key);
      if (FlagAt(account, "minor")) minors.insert(key);
    }
    for (const json& one : Part(truth_, "quarantine")) {
      const std::string path = TextAt(one, "path");
      quarantined.insert(path.starts_with("submission-") ? path.substr(path.find('/') + 1) : path);
    }
    lines.push_back(CompareKeys("intake", "accounts", accounts, TRY(Found(EachAccountKey))));
    lines.push_back(CompareKeys("intake", "selectors of accounts", selectors, TRY(Found(EachAccountSelector))));
    lines.push_back(
        CompareKeys("intake", "documents with quarantined records", quarantined, TRY(Found(EachQuarantinedPath))));
    lines.push_back(CompareKeys("intake", "accounts that may be a minor's", minors, TRY(Found(EachMinorAccount))));
    lines.push_back(CompareKeys("triage", "urgent accounts", urgent, TRY(Found(EachUrgentAccount))));
    return {};
  }

  // Hits that a human would want but a hash cannot reach are planted too ("hard"): they lower the recall on purpose.
  Status HashHits(json& lines) {
    Keys all, reachable;
    for (const json& hit : Part(truth_, "hash_hits")) {
      const std::string key = TextAt(hit, "sha256") + " " + TextAt(hit, "list") + " " + TextAt(hit, "entry_id");
      all.insert(key);
      if (!FlagAt(hit, "hard")) reachable.insert(key);
    }
    const Keys found = TRY(Found(EachLiveHashHit));
    lines.push_back(CompareKeys("matching", "hash hits, all that a human would want", all, found));
    lines.push_back(CompareKeys("matching", "hash hits within reach of a hash", reachable, found));
    return {};
  }

  // Found = a country was named; right = the planted one. Naming a country where the truth is "unclear" is wrong.
  Status Jurisdiction(json& lines) {
    Keys planted, found;
    std::unordered_map<std::string, std::string> role_reported;
    for (const json& account : Part(truth_, "accounts")) {
      if (TextAt(account, "role") != "reported") continue;
      const std::string country = TextAt(account, "country");
      if (!country.empty()) planted.insert(AccountKey(account) + " " + country);
    }
    TRY(EachCountry(db_, [&](std::string account, std::string country) {
      if (!country.empty()) found.insert(account + " " + country);
    }));
    lines.push_back(CompareKeys("jurisdiction", "accounts with their country", planted, found));
    return {};
  }

  Database& db_;
  const json& truth_;
};

}  // namespace

Result<json> Score(House& house, const std::string& truth_path) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(truth_path, kTruthSizeMaxBytes));
  const json truth = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!truth.is_object() || TextAt(truth, "format") != "crossguard-truth/1") {
    return Fail(
        Code::kInvalid,
        "'" + truth_path + "' is not a truth of format crossguard-truth/1; give the truth.json that simulate wrote.");
  }
  json out = {{"truth",
               {{"size", truth.value("size", json())},
                {"seed", truth.value("seed", json())},
                {"counts", truth.value("counts", json())}}}};
  out["lines"] = TRY(Scorer(house.db(), truth).All());
  return out;
}

}  // namespace crossguard
