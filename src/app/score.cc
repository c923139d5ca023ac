#include "app/score.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "app/access_desk.h"
#include "base/json.h"
#include "outcome/batch.h"
#include "outcome/picture.h"
#include "register/outcome_rows.h"
#include "register/score_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

constexpr uint64_t kTruthSizeMaxBytes = uint64_t{4} << 30;
constexpr uint64_t kRulesSizeMaxBytes = 1 << 20;
constexpr double kLinkShare = 0.8;  // match: of the frames of one, to be near frames of the other
constexpr size_t kListedMax = 20;   // misses listed per line

using Planted = std::unordered_map<std::string, std::string>;  // key -> what would explain a miss
using Keys = std::unordered_set<std::string>;
using Groups = std::unordered_map<std::string, int64_t>;
using Causes = std::map<std::string, int64_t>;

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
          {"missed_by_cause", json::object()},
          {"missed", json::array()},
          {"wrong", json::array()}};
}

// The first few, sorted so that two runs list the same.
json Listed(std::vector<std::string> keys) {
  const size_t n = std::min(keys.size(), kListedMax);
  std::partial_sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(n), keys.end());
  keys.resize(n);
  return keys;
}

json CompareKeys(std::string_view stage, std::string_view counts, const Planted& planted, const Keys& found) {
  std::vector<std::string> missed, wrong;
  Causes causes;
  for (const auto& [key, cause] : planted) {
    if (found.contains(key)) continue;
    missed.push_back(key);
    ++causes[cause.empty() ? "not told" : cause];
  }
  for (const std::string& key : found) {
    if (!planted.contains(key)) wrong.push_back(key);
  }
  json line = Line(stage, counts, static_cast<int64_t>(planted.size()), static_cast<int64_t>(found.size()),
                   static_cast<int64_t>(found.size() - wrong.size()));
  line["missed_by_cause"] = causes;
  line["missed"] = Listed(std::move(missed));
  line["wrong"] = Listed(std::move(wrong));
  return line;
}

int64_t Pairs(int64_t n) {
  return n * (n - 1) / 2;
}

using Parts = std::map<int64_t, std::vector<const std::string*>>;  // of one planted group, by found group; -1: in none

// Members outside of the greatest part of their group, under their causes; one of each part is named.
void ExplainParts(const Parts& parts, const Planted& causes, Causes& by_cause, std::vector<std::string>& missed) {
  const auto size = [](const auto& part) { return part.first == -1 ? 1 : part.second.size(); };
  const auto greatest =
      std::max_element(parts.begin(), parts.end(), [&](const auto& a, const auto& b) { return size(a) < size(b); });
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    for (const std::string* member : part->second) {
      if (part == greatest && (part->first != -1 || member == part->second.front())) continue;
      const auto cause = causes.find(*member);
      ++by_cause[cause == causes.end() || cause->second.empty() ? "not told" : cause->second];
      missed.push_back(*greatest->second.front() + " | " + *member);
    }
  }
}

// Pairs that both sides put together, by the table of (planted group, found group) counts: never all pairs one by one.
json ComparePairs(std::string_view stage, std::string_view counts, const Groups& planted, const Planted& causes,
                  const Groups& found) {
  std::unordered_map<int64_t, int64_t> found_sizes;
  std::map<int64_t, Parts> groups;
  for (const auto& [key, group] : found) ++found_sizes[group];
  for (const auto& [key, group] : planted) {
    const auto it = found.find(key);
    groups[group][it == found.end() ? -1 : it->second].push_back(&key);
  }
  int64_t planted_pairs = 0, found_pairs = 0, right = 0;
  for (const auto& [group, size] : found_sizes) found_pairs += Pairs(size);
  Causes by_cause;
  std::vector<std::string> missed;
  for (auto& [group, parts] : groups) {
    int64_t size = 0;
    for (auto& [found_group, members] : parts) {
      std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return *a < *b; });
      size += static_cast<int64_t>(members.size());
      if (found_group != -1) right += Pairs(static_cast<int64_t>(members.size()));
    }
    planted_pairs += Pairs(size);
    if (size > 1) ExplainParts(parts, causes, by_cause, missed);
  }
  json line = Line(stage, counts, planted_pairs, found_pairs, right);
  line["missed_by_cause"] = by_cause;
  line["missed"] = Listed(std::move(missed));
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
    TRY(Documents(lines));
    lines.push_back(
        CompareKeys("examination", "claimed digests that differ", WrongClaims(), TRY(Found(EachHashAlert))));
    TRY(HashHits(lines));
    TRY(Members(lines));
    TRY(Kinds(lines));
    TRY(Clusters(lines));
    TRY(Videos(lines));
    TRY(Subjects(lines));
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

  Status Accounts(json& lines) {
    Planted accounts, selectors, urgent, minors;
    for (const json& account : Part(truth_, "accounts")) {
      const std::string key = AccountKey(account);
      accounts.emplace(key, TextAt(account, "role"));
      for (const json& selector : Part(account, "selectors"))
        selectors.emplace(key + " " + TextAt(selector, "type") + " " + TextAt(selector, "value"),
                          "stands in: " + TextAt(selector, "where"));
      if (TextAt(account, "role") != "reported") continue;
      if (FlagAt(account, "urgent")) urgent.emplace(key, TextAt(account, "urgent_by"));
      if (FlagAt(account, "minor")) minors.emplace(key, TextAt(account, "minor_by"));
    }
    lines.push_back(CompareKeys("intake", "accounts", accounts, TRY(Found(EachAccountKey))));
    lines.push_back(CompareKeys("intake", "selectors of accounts", selectors, TRY(Found(EachAccountSelector))));
    lines.push_back(CompareKeys("intake", "accounts that may be a minor's", minors, TRY(Found(EachMinorAccount))));
    lines.push_back(CompareKeys("triage", "urgent accounts", urgent, TRY(Found(EachUrgentAccount))));
    return {};
  }

  // The truth speaks of all shapes in which the operation is handed in; asked is the one that was.
  Status Documents(json& lines) {
    const Keys submissions = TRY(Found(EachSubmissionName));
    Planted documents;
    for (const json& one : Part(truth_, "quarantine")) {
      const std::string path = TextAt(one, "path");
      const size_t slash = path.find('/');
      if (slash != std::string::npos && submissions.contains(path.substr(0, slash)))
        documents.emplace(path.substr(slash + 1), TextAt(one, "why"));
    }
    lines.push_back(
        CompareKeys("intake", "documents with quarantined records", documents, TRY(Found(EachQuarantinedPath))));
    return {};
  }

  Planted WrongClaims() const {
    Planted planted;
    for (const json& file : Part(truth_, "files")) {
      if (FlagAt(file, "claimed_hash_wrong")) planted.emplace(TextAt(file, "file_id"), "wrong claim");
    }
    return planted;
  }

  // Hits that a human would want but a hash cannot reach are planted too ("hard"): they lower the recall of the first
  // line on purpose, and the second line asks only for the others.
  Status HashHits(json& lines) {
    Planted all, reachable;
    Keys hard;
    for (const json& hit : Part(truth_, "hash_hits")) {
      const std::string key = TextAt(hit, "sha256") + " " + TextAt(hit, "list") + " " + TextAt(hit, "entry_id");
      all.emplace(key, TextAt(hit, "cause"));
      if (FlagAt(hit, "hard"))
        hard.insert(key);
      else
        reachable.emplace(key, TextAt(hit, "cause"));
    }
    Keys found = TRY(Found(EachLiveHashHit));
    lines.push_back(CompareKeys("matching", "hash hits, all that a human would want", all, found));
    std::erase_if(found, [&](const std::string& key) { return hard.contains(key); });
    lines.push_back(CompareKeys("matching", "hash hits within reach of a hash", reachable, found));
    Planted benign;
    for (const json& one : Part(truth_, "benign")) {
      if (one.is_string()) benign.emplace(one.get<std::string>(), "exact");
    }
    lines.push_back(CompareKeys("matching", "known-benign files", benign, TRY(Found(EachBenignMedia))));
    return {};
  }

  // What lies in archives, mail and documents.
  Status Members(json& lines) {
    Planted planted;
    const auto take = [&](const auto& self, const json& file, const std::string& cause) -> void {
      for (const json& member : Part(file, "members")) {
        planted.emplace(TextAt(member, "sha256") + " in " + TextAt(file, "sha256"), cause);
        self(self, member, cause);
      }
    };
    for (const json& file : Part(truth_, "files")) {
      const std::string damage = TextAt(file, "damage");
      if (!FlagAt(file, "missing") && damage != "empty")
        take(take, file, damage.empty() ? "in: " + TextAt(file, "packed") : damage);
    }
    Keys found = TRY(Found(EachArchiveMember));
    // Of other files nothing was planted: what an office file or a broken picture is made of is nobody's mistake.
    Keys holders;
    for (const auto& [key, cause] : planted) holders.insert(key.substr(key.find(" in ")));
    std::erase_if(found, [&](const std::string& key) { return !holders.contains(key.substr(key.find(" in "))); });
    lines.push_back(CompareKeys("examination", "members of archives, mail and documents", planted, found));
    return {};
  }

  // What the bytes of each content are, and which pictures carry a stand-in of another.
  Status Kinds(json& lines) {
    Planted kinds, others;
    Keys known, harmed;
    const auto take = [&](const auto& self, const json& content, const std::string& damage) -> void {
      const std::string sha256 = TextAt(content, "sha256"), kind = TextAt(content, "kind");
      const std::string cause = damage.empty() ? kind : damage;
      if (!kind.empty()) kinds.emplace(sha256 + " " + kind, cause);
      if (!kind.empty()) known.insert(sha256);
      if (TextAt(content, "stand_in") == "other") others.emplace(sha256, cause);
      if (damage == "truncated" || damage == "corrupt") harmed.insert(sha256);
      for (const json& member : Part(content, "members")) self(self, member, {});
    };
    for (const json& file : Part(truth_, "files")) {
      if (!FlagAt(file, "missing") && TextAt(file, "damage") != "empty") take(take, file, TextAt(file, "damage"));
    }
    Keys found = TRY(Found(EachKind));
    std::erase_if(found, [&](const std::string& key) { return !known.contains(key.substr(0, key.find(' '))); });
    lines.push_back(CompareKeys("examination", "kinds, by content", kinds, found));
    Keys differing = TRY(Found(EachOtherStandIn));
    // A picture that is broken shows something else than its stand-in, whoever made it.
    std::erase_if(differing, [&](const std::string& key) { return harmed.contains(key) && !others.contains(key); });
    lines.push_back(CompareKeys("examination", "stand-ins that show another picture", others, differing));
    return {};
  }

  // Two contents of one footage belong together if one shows a scene that the other shows too. A machine links them if
  // most of one is in the other; what shares less, was mirrored, cropped or damaged, is planted as hard.
  Status Videos(json& lines) {
    Planted all, reachable;
    Keys hard;
    for (const json& group : Part(truth_, "videos")) {
      const json& members = Part(group, "members");
      for (size_t i = 0; i < members.size(); ++i) {
        for (size_t k = 0; k < i; ++k) {
          const json *a = &members[i], *b = &members[k];
          if (TextAt(*a, "kind") == "still" && TextAt(*b, "kind") == "still") continue;  // the clusters' to find
          if (TextAt(*b, "sha256") < TextAt(*a, "sha256")) std::swap(a, b);
          const std::string key = TextAt(*a, "sha256") + " " + TextAt(*b, "sha256");
          const double share = std::max(ShareIn(*a, *b, group), ShareIn(*b, *a, group));
          if (share <= 0) continue;
          const json& worse = FlagAt(*a, "hard")                 ? *a
                              : FlagAt(*b, "hard")               ? *b
                              : TextAt(*a, "edit") == "original" ? *b
                                                                 : *a;
          const std::string cause = share < kLinkShare ? "overlap by part" : TextAt(worse, "edit");
          all.emplace(key, cause);
          if (share < kLinkShare || FlagAt(worse, "hard"))
            hard.insert(key);
          else
            reachable.emplace(key, cause);
        }
      }
    }
    Keys found = TRY(Found(EachVideoLink));
    lines.push_back(
        CompareKeys("videos", "links between contents of one footage, all that a human would want", all, found));
    std::erase_if(found, [&](const std::string& key) { return hard.contains(key); });
    lines.push_back(CompareKeys("videos", "links of which most of one is in the other", reachable, found));
    return {};
  }

  // How much of what `a` shows is of scenes that `b` shows too, 0..1.
  static double ShareIn(const json& a, const json& b, const json& group) {
    const auto number = [](const json& object, const char* name) {
      return object.contains(name) && object[name].is_number_integer() ? object[name].get<int64_t>() : int64_t{0};
    };
    const int64_t shot = std::max<int64_t>(1, number(group, "shot_millis"));
    const int64_t from = number(b, "from_millis") / shot * shot;
    const int64_t to = (number(b, "to_millis") + shot - 1) / shot * shot;
    const int64_t shared = std::min(to, number(a, "to_millis")) - std::max(from, number(a, "from_millis"));
    return static_cast<double>(shared) /
           static_cast<double>(std::max<int64_t>(1, number(a, "to_millis") - number(a, "from_millis")));
  }

  Status Clusters(json& lines) {
    Planted edits;
    const auto take = [&](const auto& self, const json& content) -> void {
      const std::string damage = TextAt(content, "damage");
      edits.emplace(TextAt(content, "sha256"), damage.empty() ? TextAt(content, "edit") : damage);
      for (const json& member : Part(content, "members")) self(self, member);
    };
    for (const json& file : Part(truth_, "files")) take(take, file);
    Groups planted;
    int64_t number = 0;
    for (const json& group : Part(truth_, "clusters")) {
      ++number;
      for (const json& member : group) {
        if (member.is_string()) planted.emplace(member.get<std::string>(), number);
      }
    }
    lines.push_back(
        ComparePairs("clusters", "pairs of near-duplicates", planted, edits, TRY(FoundGroups(EachClusterMember))));
    return {};
  }

  Status Subjects(json& lines) {
    Groups planted;
    Planted ties;
    int64_t number = 0;
    for (const json& person : Part(truth_, "persons")) {
      ++number;
      for (const json& account : Part(person, "accounts")) {
        if (!account.is_array() || account.size() != 2 || !account[0].is_string() || !account[1].is_string()) continue;
        const std::string key = account[0].get<std::string>() + "/" + account[1].get<std::string>();
        planted.emplace(key, number);
        ties.emplace(key, "tied by: " + TextAt(person, "tie"));
      }
    }
    lines.push_back(ComparePairs("subjects", "pairs of accounts of one person", planted, ties,
                                 TRY(FoundGroups(EachSubjectMember))));
    // What strangers share must be shown as weak, or not at all: never as strong.
    Planted shared;
    for (const json& one : Part(truth_, "not_one_person")) {
      const json& selector = one.contains("selector") ? one["selector"] : one;
      shared.emplace(TextAt(selector, "type") + " " + TextAt(selector, "value"), TextAt(one, "kind"));
    }
    Keys weak = TRY(Found(EachWeakLink));
    std::erase_if(weak, [&](const std::string& key) { return !shared.contains(key); });
    lines.push_back(CompareKeys("subjects", "selectors that strangers share, shown as weak", shared, weak));
    return {};
  }

  Planted PartnerHits() const {
    Planted planted;
    for (const json& hit : Part(truth_, "hits"))
      planted.emplace(AccountKey(hit) + " " + TextAt(hit, "owner") + " " + TextAt(hit, "type"),
                      "stands in: " + TextAt(hit, "where"));
    return planted;
  }

  // Found = a country was named; right = the planted one. Naming a country where the truth is "unclear" is wrong.
  Status Jurisdiction(json& lines) {
    Planted planted;
    for (const json& account : Part(truth_, "accounts")) {
      const std::string country = TextAt(account, "country");
      if (TextAt(account, "role") == "reported" && !country.empty())
        planted.emplace(AccountKey(account) + " " + country, "told by: " + TextAt(account, "place_by"));
    }
    Keys found;
    TRY(EachCountry(db_, [&](std::string account, std::string country) {
      if (!country.empty()) found.insert(account + " " + country);
    }));
    lines.push_back(CompareKeys("jurisdiction", "accounts with their country", planted, found));
    return {};
  }

  Database& db_;
  const json& truth_;
};

// The planted figures beside the published ones, if outcomes were taken in. A figure is right if it is the same number.
Status PictureLine(House& house, const json& truth, json& lines) {
  if (!truth.contains("picture") || !truth["picture"].is_object()) return {};
  const json& planted = truth["picture"];
  const std::string operation = TextAt(planted, "operation");
  const auto known = TRY(outcome_rows::OperationsWithOutcomes(house.db()));
  if (std::ranges::count(known, operation) == 0) return {};
  const Bytes toml = TRY(house.env().files.ReadWhole(house.Path("config/outcome.toml"), kRulesSizeMaxBytes));
  const auto rules = TRY(outcome::ReadOutcomeRules(AsText(toml)));
  const Instant as_of = TRY(outcome::ReadDay(TextAt(planted, "as_of")));
  const Reader reader = TRY(ReadAs(house, DefaultOfficer(house.book(), Act::kShowRecord, house.env().clock.Now())));
  const json picture =
      TRY(outcome::MakePicture(house.db(), reader.viewer.To(DataAct::kCount), house.book(), rules, operation, as_of));
  Planted figures;
  Keys found;
  for (const json& figure : Part(planted, "figures")) {
    const std::string name = TextAt(figure, "metric") + " " + TextAt(figure, "scope") + " = ";
    const auto metric = FromText<OutcomeKind>(TextAt(figure, "metric"));
    if (!metric || !figure.contains("count")) continue;
    figures.emplace(name + figure["count"].dump(), "outcomes missing or counted otherwise");
    found.insert(name + outcome::FigureOf(picture, *metric, TextAt(figure, "scope")).dump());
  }
  lines.push_back(CompareKeys("picture", "published figures, each with its scope", figures, found));
  return {};
}

}  // namespace

Result<json> Score(House& house, const std::string& truth_path) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(truth_path, kTruthSizeMaxBytes));
  const json truth = ParseJson(bytes);
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
  TRY(PictureLine(house, truth, out["lines"]));
  return out;
}

}  // namespace crossguard
