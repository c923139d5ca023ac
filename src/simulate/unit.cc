#include "simulate/unit.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"

namespace crossguard::simulate {
namespace {

using json = nlohmann::ordered_json;

std::string GroupName(int64_t number) {
  const std::string text = std::to_string(number);
  return std::string(4 - std::min<size_t>(4, text.size()), '0') + text;
}

std::string_view Suffix(const PlannedFile& file) {
  const size_t dot = file.name.rfind('.');
  return dot == std::string::npos ? std::string_view() : std::string_view(file.name).substr(dot);
}

Status Write(Files& files, const std::string& path, ByteView bytes) {
  return TRY(files.OpenAppend(path))->Append(bytes);
}

class BlockMaker {
 public:
  BlockMaker(Files& files, const OperationPlan& plan, int64_t number, ContentMaker& maker, const std::string& folder)
      : files_(files),
        plan_(plan),
        maker_(maker),
        folder_(folder),
        group_(GroupName(number)),
        block_(PlanBlock(plan, number)) {}

  Result<UnitParts> Make() {
    for (const char* shape : {"submission-xml", "submission-json", "submission-csv"}) {
      if (std::string_view(shape) != "submission-csv") TRY(files_.MakeFolders(Path(shape, "reports")));
      TRY(files_.MakeFolders(Path(shape, "files")));
    }
    for (const PlannedReport& report : block_.reports) TRY(MakeReport(report));
    TRY(MakeBroken());
    AppendAccounts(block_, out_.truth, out_.counts);
    for (const auto& [base, digests] : own_clusters_) PutCluster(digests);
    for (const auto& [base, members] : own_footage_) AppendFootage(base, members, out_.truth);
    for (const uint64_t base : listed_) AppendEntries(plan_, base, maker_, out_.lists);
    AppendStrangers(Mix(plan_.seed, static_cast<uint64_t>(block_.number)), 120, out_.lists);
    AppendHoldings(plan_, block_, owned_, out_.holdings, out_.truth);
    out_.countries.resize(Countries().size());
    for (const PlannedAccount& account : block_.accounts) {
      if (account.country != nullptr && !account.minor && account.role == Role::kReported)
        out_.countries[static_cast<size_t>(account.country - Countries().data())] = true;
    }
    return std::move(out_);
  }

 private:
  std::string Path(std::string_view shape, std::string_view part) const {
    return folder_ + "/" + std::string(shape) + "/" + std::string(part) + "/" + group_;
  }

  // Made and written in one go: a video is never held whole.
  Result<MadeContent> MakeFile(const PlannedFile& file, const std::string& path) {
    if (file.missing) return maker_.Make(file.content, [](ByteView) {});
    const auto out = TRY(files_.OpenAppend(path));
    Status written;
    MadeContent made = maker_.Make(file.content, [&](ByteView piece) {
      if (written) written = out->Append(piece);
    });
    TRY(std::move(written));
    return made;
  }

  Status MakeReport(const PlannedReport& report) {
    std::vector<ClaimedDigests> claims;
    for (const PlannedFile& file : report.files) {
      const std::string name = "/" + file.id + std::string(Suffix(file));
      const MadeContent made = TRY(MakeFile(file, Path("submission-xml", "files") + name));
      claims.push_back(ClaimsOf(file, made.digests));
      Note(report, file, made);
      if (file.missing) continue;
      for (const char* shape : {"submission-json", "submission-csv"})
        TRY(files_.LinkOrCopy(Path("submission-xml", "files") + name, Path(shape, "files") + name));
    }
    const std::string id = std::to_string(report.id);
    const std::string xml = ReportXml(block_, report);
    const std::string json_text = ReportJson(block_, report, claims);
    TRY(Write(files_, Path("submission-xml", "reports") + "/" + id + ".xml", AsBytes(xml)));
    TRY(Write(files_, Path("submission-json", "reports") + "/" + id + ".json", AsBytes(json_text)));
    if (report.repeated) {  // the very same report a second time, without files
      TRY(Write(files_, Path("submission-xml", "reports") + "/" + id + "-again.xml", AsBytes(xml)));
      TRY(Write(files_, Path("submission-json", "reports") + "/" + id + "-again.json", AsBytes(json_text)));
    }
    AppendCsv(block_, report, claims, out_.csv);
    for (size_t i = 0; i < report.files.size(); ++i) {
      const std::string text = FileXml(block_, report, report.files[i], claims[i]);
      TRY(Write(files_, Path("submission-xml", "reports") + "/" + id + "-" + report.files[i].id + ".xml",
                AsBytes(text)));
    }
    return {};
  }

  // A document of each shape that cannot be read.
  Status MakeBroken() {
    for (int64_t nth = block_.number; nth < block_.number + 2; ++nth) {
      const int64_t id = 9'000'000 + block_.number * 10 + nth % 10;
      const std::string name = "/broken-" + std::to_string(id);
      TRY(Write(files_, Path("submission-xml", "reports") + name + ".xml", AsBytes(BrokenXml(nth, id))));
      TRY(Write(files_, Path("submission-json", "reports") + name + ".json", AsBytes(BrokenJson(nth, id))));
      out_.csv.accounts += BrokenCsvRow(nth, id);
      for (const char* shape : {"xml", "json"}) {
        const std::string path = "submission-" + std::string(shape) + "/reports/" + group_ + name + "." + shape;
        Append(out_.truth, Section::kQuarantine, json{{"path", path}, {"why", "cannot be read"}}.dump());
      }
    }
    if (block_.number == 0)
      Append(out_.truth, Section::kQuarantine,
             json{{"path", "submission-csv/accounts.csv"}, {"why", "rows that cannot be read"}}.dump());
    return {};
  }

  void Note(const PlannedReport& report, const PlannedFile& file, const MadeContent& made) {
    const PlannedContent& content = file.content;
    ++out_.counts.files;
    json out = {{"file_id", file.id}, {"sha256", made.digests.sha256.hex()}, {"report_id", report.id}};
    out["base"] = content.base == 0 ? json() : json(std::to_string(content.base));
    out["edit"] = Text(content.edit);
    out["damage"] = content.damage == Damage::kNone ? json() : json(Text(content.damage));
    out["kind"] = KindOf(content);
    if (content.stand_in != StandIn::kNone) out["stand_in"] = Text(content.stand_in);
    out["claimed_hash_wrong"] = file.claimed_wrong && !file.missing;
    out["missing"] = file.missing;
    if (!content.members.empty()) {
      out["packed"] = PackedIn(content.form);
      out["members"] = MembersJson(content, made.members);
    }
    Append(out_.truth, Section::kFiles, out.dump());
    if (file.missing) return;
    ++out_.counts.contents;
    out_.counts.bytes += made.digests.size_bytes;
    NoteContent(content, made.digests);
    NoteMembers(content, made.members);
    if (content.base != 0 && !IsPopular(content.base) && content.damage == Damage::kNone)
      owned_.push_back({file.account, made.digests});
  }

  static json MembersJson(const PlannedContent& content, const std::vector<MadeMember>& made) {
    json out = json::array();
    for (size_t i = 0; i < made.size(); ++i) {
      json member = {{"sha256", made[i].digests.sha256.hex()}};
      if (i >= content.members.size()) {
        member["edit"] = "part";  // of an office document
        out.push_back(std::move(member));
        continue;
      }
      member["edit"] = Text(content.members[i].edit);
      member["kind"] = KindOf(content.members[i]);
      if (content.members[i].stand_in != StandIn::kNone) member["stand_in"] = Text(content.members[i].stand_in);
      if (!made[i].members.empty()) member["members"] = MembersJson(content.members[i], made[i].members);
      out.push_back(std::move(member));
    }
    return out;
  }

  void NoteMembers(const PlannedContent& content, const std::vector<MadeMember>& made) {
    for (size_t i = 0; i < content.members.size(); ++i) {
      NoteContent(content.members[i], made[i].digests);
      NoteMembers(content.members[i], made[i].members);
    }
  }

  void NoteContent(const PlannedContent& content, const Digests& digests) {
    if (content.base == 0 || content.damage == Damage::kEmpty) return;
    if (contents_.insert(digests.sha256).second) AppendContent(content, digests, out_.truth);
    const bool popular = IsPopular(content.base);
    if (IsFootage(content.base))
      (popular ? out_.footage : own_footage_)[content.base].emplace(digests.sha256, FootageMember(content, digests));
    // Pictures cluster, videos do not. Stills of two moments are two pictures.
    const uint64_t picture = content.edit == Edit::kStill ? Mix(content.base, content.still_millis) : content.base;
    if (!content.video && popular) out_.popular.emplace_back(picture, digests.sha256);
    if (!content.video && !popular) own_clusters_[picture].insert(digests.sha256);
    if (popular) return;
    if (StandingOf(content.base) != Standing::kUnknown) listed_.insert(content.base);
  }

  void PutCluster(const std::set<Sha256>& digests) {
    if (digests.size() < 2) return;
    json out = json::array();
    for (const Sha256& one : digests) out.push_back(one.hex());
    Append(out_.truth, Section::kClusters, out.dump());
  }

  Files& files_;
  const OperationPlan& plan_;
  ContentMaker& maker_;
  const std::string& folder_;
  std::string group_;
  Block block_;
  UnitParts out_;
  std::set<Sha256> contents_;
  std::map<uint64_t, std::set<Sha256>> own_clusters_;
  std::map<uint64_t, FootageMembers> own_footage_;
  std::set<uint64_t> listed_;
  std::vector<OwnedContent> owned_;
};

}  // namespace

int64_t UnitCount(const OperationPlan& plan) {
  return plan.block_count + static_cast<int64_t>((plan.popular_count + kPopularPerUnit - 1) / kPopularPerUnit);
}

Result<UnitParts> MakeUnit(Files& files, const OperationPlan& plan, int64_t number, ContentMaker& maker,
                           const std::string& folder) {
  if (number < plan.block_count) return BlockMaker(files, plan, number, maker, folder).Make();
  UnitParts out;
  const uint64_t first = static_cast<uint64_t>(number - plan.block_count) * kPopularPerUnit;
  for (uint64_t rank = first; rank < std::min(first + kPopularPerUnit, plan.popular_count); ++rank)
    AppendEntries(plan, PopularBase(plan, rank), maker, out.lists);
  // The popular videos are spread over the units as the popular pictures are.
  const auto share = [&](uint64_t upto) { return upto * plan.popular_videos / plan.popular_count; };
  for (uint64_t rank = share(first); rank < share(std::min(first + kPopularPerUnit, plan.popular_count)); ++rank)
    AppendEntries(plan, PopularFootage(plan, rank), maker, out.lists);
  return out;
}

}  // namespace crossguard::simulate
