#include "simulate/truth.h"

#include <map>
#include <set>

#include "base/json.h"

namespace crossguard::simulate {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view kNames[kSectionCount] = {"accounts",  "persons",    "not_one_person", "files",
                                                    "hash_hits", "withdrawn",  "benign",         "clusters",
                                                    "hits",      "quarantine", "batched",        "videos"};
constexpr size_t kPieceBytes = size_t{1} << 20U;

using Seen = std::map<std::pair<std::string, std::string>, std::string_view>;
// Where it is easiest to find: "field" sorts before "text", and "hidden" counts only if it stands nowhere else.
void See(Seen& seen, const std::string& type, const std::string& value, std::string_view where) {
  const auto [at, is_new] = seen.try_emplace({type, value}, where);
  if (!is_new && (where == "field" || at->second == "hidden")) at->second = where;
}

}  // namespace

void Append(TruthParts& parts, Section section, const std::string& json_text) {
  parts[static_cast<size_t>(section)] += ",\n" + json_text;
}

void TruthCounts::Add(const TruthCounts& other) {
  reports += other.reports;
  accounts += other.accounts;
  reported_accounts += other.reported_accounts;
  persons += other.persons;
  files += other.files;
  contents += other.contents;
  unclear += other.unclear;
  bytes += other.bytes;
}

void AppendAccounts(const Block& block, TruthParts& parts, TruthCounts& counts) {
  std::vector<std::vector<int64_t>> report_ids(block.accounts.size());
  std::vector<Seen> selectors(block.accounts.size());
  for (const PlannedReport& report : block.reports) {
    for (const Mention& mention : report.mentions) {
      for (const size_t index : mention.associated ? std::vector<size_t>{mention.account, *mention.associated}
                                                   : std::vector<size_t>{mention.account}) {
        report_ids[index].push_back(report.id);
        const PlannedAccount& account = block.accounts[index];
        const bool full = mention.full || index != mention.account;
        for (const PlannedSelector& one : account.selectors) {
          if (full || (one.type == "screen_name" && index == mention.account))
            See(selectors[index], one.type, one.value, Text(one.where));
        }
      }
      for (const size_t i : mention.ips)
        See(selectors[mention.account], "ip", block.accounts[mention.account].ips[i].value, "field");
    }
  }
  std::map<int64_t, json> persons;
  std::map<int64_t, std::string> ties;
  for (size_t i = 0; i < block.accounts.size(); ++i) {
    const PlannedAccount& account = block.accounts[i];
    json out = {{"service", account.service},
                {"esp_identifier", account.id},
                {"report_ids", report_ids[i]},
                {"role", Text(account.role)},
                {"person", account.person}};
    out["country"] = account.country == nullptr ? json() : json(account.country->code);
    out["minor"] = account.minor;
    out["urgent"] = !block.urgent[i].empty();
    if (account.minor) out["minor_by"] = account.minor_by;
    if (!block.urgent[i].empty()) out["urgent_by"] = block.urgent[i];
    if (!account.place_by.empty()) out["place_by"] = account.place_by;
    for (const auto& [what, where] : selectors[i])
      out["selectors"].push_back({{"type", what.first}, {"value", what.second}, {"where", where}});
    Append(parts, Section::kAccounts, out.dump());
    ++counts.accounts;
    if (account.role != Role::kReported) continue;
    ++counts.reported_accounts;
    counts.unclear += account.country == nullptr ? 1 : 0;
    if (account.minor) continue;
    persons[account.person].push_back({account.service, account.id});
    ties[account.person] = account.tie;
  }
  for (const auto& [number, accounts] : persons)
    Append(parts, Section::kPersons, json{{"person", number}, {"tie", ties[number]}, {"accounts", accounts}}.dump());
  counts.persons += static_cast<int64_t>(persons.size());
  counts.reports += static_cast<int64_t>(block.reports.size());
  for (const SharedSelector& one : block.shared)
    Append(
        parts, Section::kNotOnePerson,
        json{{"selector", {{"type", one.type}, {"value", one.value}}}, {"kind", one.kind}, {"accounts", one.accounts}}
            .dump());
  for (const PlannedReport& report : block.reports) {
    if (report.batched) Append(parts, Section::kBatched, std::to_string(report.id));
  }
}

void AppendContent(const PlannedContent& content, const Digests& digests, TruthParts& parts) {
  if (content.base == 0 || content.damage == Damage::kEmpty) return;
  const std::string sha256 = digests.sha256.hex();
  for (const ListedEntry& entry : EntriesOf(content.base)) {
    const json hit = {{"sha256", sha256},
                      {"list", FormOf(entry.list).name},
                      {"entry_id", entry.id},
                      {"how", HowMet(entry, content)},
                      {"hard", IsHardHit(entry, content)},
                      {"cause", HitCause(entry, content)}};
    if (entry.live)
      Append(parts, Section::kHashHits, hit.dump());
    else if (entry.list != ListNo::kBenign)
      Append(parts, Section::kWithdrawn, hit.dump());
    else if (IsOriginal(content))
      Append(parts, Section::kBenign, "\"" + sha256 + "\"");
  }
}

std::string FootageMember(const PlannedContent& content, const Digests& digests) {
  const Shown shown = ShownOf(content);
  const bool damaged = content.damage == Damage::kTruncated || content.damage == Damage::kCorrupt;
  json out = {{"sha256", digests.sha256.hex()},
              {"kind", content.video ? "video" : "still"},
              {"from_millis", shown.from_millis},
              {"to_millis", shown.to_millis},
              {"edit", damaged ? Text(content.damage) : Text(content.edit)},
              {"hard", damaged || IsHard(content.edit)}};
  return out.dump();
}

void AppendFootage(uint64_t base, const FootageMembers& members, TruthParts& parts) {
  if (members.size() < 2) return;
  std::string text;
  for (const auto& [sha256, member] : members) text += (text.empty() ? "" : ",") + member;
  Append(parts, Section::kVideos,
         "{\"base\":\"" + std::to_string(base) + "\",\"shot_millis\":" + std::to_string(drawing::kShotSeconds * 1000) +
             ",\"members\":[" + text + "]}");
}

std::string TruthWriter::PartPath(size_t section) const {
  return folder_ + "/truth." + std::string(kNames[section]) + ".part";
}

Result<std::unique_ptr<TruthWriter>> TruthWriter::Begin(Files& files, const std::string& folder) {
  std::unique_ptr<TruthWriter> out(new TruthWriter(files, folder));
  for (size_t i = 0; i < kSectionCount; ++i) out->sections_[i] = TRY(files.OpenAppend(out->PartPath(i)));
  return out;
}

Status TruthWriter::Add(const TruthParts& parts) {
  for (size_t i = 0; i < kSectionCount; ++i) {
    if (parts[i].empty()) continue;
    // The first value of a section has no comma in front.
    TRY(sections_[i]->Append(AsBytes(std::string_view(parts[i]).substr(sections_[i]->size() == 0 ? 2 : 0))));
  }
  return {};
}

Status TruthWriter::Finish(const OperationPlan& plan, const TruthCounts& counts, const std::string& picture) {
  const auto out = TRY(files_.OpenAppend(folder_ + "/truth.json"));
  const json head = {
      {"reports", counts.reports}, {"accounts", counts.accounts}, {"reported_accounts", counts.reported_accounts},
      {"persons", counts.persons}, {"files", counts.files},       {"contents", counts.contents},
      {"bytes", counts.bytes}};
  TRY(out->Append(AsBytes("{\"format\": \"crossguard-truth/1\", \"seed\": " + std::to_string(plan.seed) +
                          ", \"size\": " + json(plan.size.name).dump() + ",\n\"counts\": " + head.dump() +
                          ",\n\"unclear\": " + std::to_string(counts.unclear))));
  for (size_t i = 0; i < kSectionCount; ++i) {
    sections_[i].reset();
    TRY(out->Append(AsBytes(",\n\"" + std::string(kNames[i]) + "\": [\n")));
    const auto part = TRY(files_.OpenRead(PartPath(i)));
    Bytes piece(kPieceBytes);
    for (uint64_t offset = 0;;) {
      const size_t got = TRY(part->ReadAt(offset, piece));
      if (got == 0) break;
      TRY(out->Append(ByteView(piece).first(got)));
      offset += got;
    }
    TRY(out->Append(AsBytes("\n]")));
    TRY(files_.Remove(PartPath(i)));
  }
  return out->Append(AsBytes(",\n\"picture\": " + picture + "}\n"));
}

}  // namespace crossguard::simulate
