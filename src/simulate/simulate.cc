#include "simulate/simulate.h"

#include <malloc.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/json.h"
#include "model/canonical.h"
#include "outcome/batch.h"
#include "simulate/outcomes.h"
#include "simulate/unit.h"

namespace crossguard {
namespace {

using namespace simulate;  // NOLINT: this file is about nothing else
using json = nlohmann::ordered_json;

constexpr int kKeptBytes = 32 << 20;  // a thread, and the most that glibc keeps

// Makes units side by side and hands them on in order. At most two units a worker wait, so memory does not grow.
class Workshop {
 public:
  Workshop(Files& files, const OperationPlan& plan, const std::string& folder, int workers)
      : files_(files), plan_(plan), folder_(folder), unit_count_(UnitCount(plan)), ahead_max_(2 * workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~Workshop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  Result<UnitParts> Take(int64_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_.contains(number); });
    auto node = done_.extract(number);
    taken_ = number + 1;
    changed_.notify_all();
    return std::move(node.mapped());
  }

 private:
  void Work() {
    ContentMaker maker;
    for (;;) {
      int64_t number = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || next_ >= unit_count_ || next_ < taken_ + ahead_max_; });
        if (stopped_ || next_ >= unit_count_) return;
        number = next_++;
      }
      Result<UnitParts> made = MakeUnit(files_, plan_, number, maker, folder_);
      {
        const std::lock_guard lock(mutex_);
        done_.emplace(number, std::move(made));
      }
      changed_.notify_all();
    }
  }

  Files& files_;
  const OperationPlan& plan_;
  const std::string& folder_;
  const int64_t unit_count_;
  const int64_t ahead_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, Result<UnitParts>> done_;
  int64_t next_ = 0;
  int64_t taken_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

// The parts that have one order: tables, lists, holdings, truth, answers.
class Writer {
 public:
  Writer(Files& files, const OperationPlan& plan, std::string folder)
      : files_(files), plan_(plan), folder_(std::move(folder)) {}

  Status Begin() {
    for (const char* part : {"submission-csv", "lists", "holdings", "answers"})
      TRY(files_.MakeFolders(folder_ + "/" + part));
    TRY(Open("submission-csv/accounts.csv", kCsvHeaders.accounts, csv_[0]));
    TRY(Open("submission-csv/files.csv", kCsvHeaders.files, csv_[1]));
    TRY(Open("submission-csv/ips.csv", kCsvHeaders.ips, csv_[2]));
    for (size_t i = 0; i < kListCount; ++i) {
      const ListForm& form = FormOf(static_cast<ListNo>(i));
      TRY(Open("lists/" + std::string(form.file), form.head, lists_[i]));
    }
    for (size_t i = 0; i < kPartnerCount; ++i) TRY(Open(HoldingPath(i), HeadOf(kPartners[i]), holdings_[i]));
    truth_ = TRY(TruthWriter::Begin(files_, folder_));
    return {};
  }

  Status Add(UnitParts parts) {
    TRY(csv_[0]->Append(AsBytes(parts.csv.accounts)));
    TRY(csv_[1]->Append(AsBytes(parts.csv.files)));
    TRY(csv_[2]->Append(AsBytes(parts.csv.ips)));
    for (size_t i = 0; i < kListCount; ++i) {
      if (parts.lists[i].empty()) continue;
      const bool comma = static_cast<ListNo>(i) == ListNo::kVics && listed_[i];
      TRY(lists_[i]->Append(AsBytes((comma ? ",\n" : "") + parts.lists[i])));
      listed_[i] = true;
    }
    for (size_t i = 0; i < kPartnerCount; ++i) {
      if (parts.holdings[i].empty()) continue;
      TRY(holdings_[i]->Append(AsBytes(std::string_view(parts.holdings[i]).substr(held_[i] ? 0 : 2))));
      held_[i] = true;
    }
    TRY(truth_->Add(parts.truth));
    counts_.Add(parts.counts);
    for (auto& [base, sha256] : parts.popular) popular_[base].insert(sha256);
    for (auto& [base, members] : parts.footage) footage_[base].merge(members);
    countries_.resize(Countries().size());
    for (size_t i = 0; i < parts.countries.size(); ++i) countries_[i] = countries_[i] || parts.countries[i];
    return {};
  }

  Status Finish(bool press_release) {
    for (size_t i = 0; i < kListCount; ++i) TRY(lists_[i]->Append(AsBytes(FormOf(static_cast<ListNo>(i)).foot)));
    for (auto& holding : holdings_) TRY(holding->Append(AsBytes(std::string_view("\n]}\n"))));
    TRY(Answers());
    TRY(OperationJson());
    TruthParts clusters;
    for (const auto& [base, digests] : popular_) {
      if (digests.size() < 2) continue;
      json one = json::array();
      for (const Sha256& digest : digests) one.push_back(digest.hex());
      Append(clusters, Section::kClusters, one.dump());
    }
    for (const auto& [base, members] : footage_) AppendFootage(base, members, clusters);
    TRY(truth_->Add(clusters));
    return truth_->Finish(plan_, counts_, TRY(Outcomes(press_release)));
  }

  const TruthCounts& counts() const { return counts_; }

 private:
  static std::string HoldingPath(size_t partner) {
    return "holdings/" + std::string(kPartners[partner].authority) + ".json";
  }

  Status Open(const std::string& path, std::string_view head, std::unique_ptr<AppendFile>& out) {
    out = TRY(files_.OpenAppend(folder_ + "/" + path));
    return out->Append(AsBytes(head));
  }

  // How the point of contact of each country answers its referral; some never do.
  Status Answers() {
    SeededRandom random(Mix(plan_.seed, 0xA5));
    for (size_t i = 0; i < countries_.size(); ++i) {
      const Country& country = Countries()[i];
      const double roll = random.Unit();
      const std::string number = std::to_string(100 + random.Below(900)) + "/22";
      if (!countries_[i] || country.authority.empty() || country.code == "NZ" || country.code == "SI" || roll > 0.9)
        continue;
      json answer = {{"authority", country.authority},
                     {"decision", roll < 0.65  ? "accept"
                                  : roll < 0.8 ? "refuse"
                                               : "already_known"}};
      if (roll < 0.65) answer["case_number"] = std::string(country.code) + "-" + number;
      if (roll >= 0.65 && roll < 0.8) answer["text"] = "No capacity for cases of this band.";
      answer_paths_.push_back("answers/" + std::string(country.authority) + ".json");
      TRY(TRY(files_.OpenAppend(folder_ + "/" + answer_paths_.back()))
              ->Append(AsBytes(json{{"format", "crossguard-answers/1"}, {"answers", {answer}}}.dump() + "\n")));
    }
    return {};
  }

  // What each authority reports afterwards. Returns the truth of it.
  Result<std::string> Outcomes(bool press_release) {
    TRY(files_.MakeFolders(folder_ + "/outcomes"));
    const PlantedOutcomes planted = PlantOutcomes(plan_, press_release);
    for (const auto& [authority, batch] : planted.files)
      TRY(files_.WriteWhole(folder_ + "/outcomes/" + authority + ".json",
                            AsBytes(Canonical(outcome::BatchJson(batch)) + "\n")));
    return planted.truth.dump();
  }

  Status OperationJson() {
    json out = {{"format", "crossguard-operation/1"}, {"name", "kauri"}, {"submission", "submission-xml"}};
    for (size_t i = 0; i < kListCount; ++i)
      out["lists"].push_back("lists/" + std::string(FormOf(static_cast<ListNo>(i)).file));
    for (size_t i = 0; i < kPartnerCount; ++i) out["holdings"].push_back(HoldingPath(i));
    out["answers"] = answer_paths_;
    return TRY(files_.OpenAppend(folder_ + "/operation.json"))->Append(AsBytes(out.dump(1) + "\n"));
  }

  Files& files_;
  const OperationPlan& plan_;
  std::string folder_;
  std::array<std::unique_ptr<AppendFile>, 3> csv_;
  std::array<std::unique_ptr<AppendFile>, kListCount> lists_;
  std::array<std::unique_ptr<AppendFile>, kPartnerCount> holdings_;
  std::array<bool, kListCount> listed_{};
  std::array<bool, kPartnerCount> held_{};
  std::unique_ptr<TruthWriter> truth_;
  TruthCounts counts_;
  std::map<uint64_t, std::set<Sha256>> popular_;
  std::map<uint64_t, FootageMembers> footage_;
  std::vector<bool> countries_;
  std::vector<std::string> answer_paths_;
};

}  // namespace

Result<nlohmann::json> Simulate(Env& env, const SimulateOptions& options) {
  const OperationSize size = TRY(ParseSize(options.size));
  if (!options.picture.empty() && options.picture != "press-release")
    return Fail(Code::kInvalid, "A picture to plant is 'press-release', or none for one in proportion to the size.");
  if (options.out.empty()) return Fail(Code::kInvalid, "Name a new folder with --out DIR.");
  if (env.files.Exists(options.out))
    return Fail(Code::kConflict,
                "'" + options.out + "' is there already; name a new folder with --out, or remove it first.");
  TRY(drawing::EncodersAreThere());
  // Pictures come and go by the thousand: their pages stay, for new ones cost a quarter of the drawing.
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  const OperationPlan plan = PlanOperation(size, options.seed);
  const std::string folder = options.out + ".part";
  TRY(env.files.RemoveTree(folder));
  TRY(env.files.MakeFolders(folder));
  Writer writer(env.files, plan, folder);
  TRY(writer.Begin());
  {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    Workshop workshop(env.files, plan, folder, options.workers > 0 ? options.workers : cores);
    for (int64_t number = 0; number < UnitCount(plan); ++number) {
      TRY(writer.Add(TRY(workshop.Take(number))));
      if (options.progress)
        options.progress(
            {.done = writer.counts().files, .total = size.file_count, .byte_count = writer.counts().bytes});
    }
  }
  TRY(writer.Finish(options.picture == "press-release"));
  TRY(env.files.Rename(folder, options.out));
  const TruthCounts& counts = writer.counts();
  return nlohmann::json{
      {"out", options.out},        {"size", size.name},           {"seed", options.seed},
      {"reports", counts.reports}, {"accounts", counts.accounts}, {"reported_accounts", counts.reported_accounts},
      {"persons", counts.persons}, {"files", counts.files},       {"contents", counts.contents},
      {"bytes", counts.bytes},     {"unclear", counts.unclear}};
}

}  // namespace crossguard
