// One bag, from the rows of its accounts to the finished tar in <folder>/staging.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "package/compose.h"
#include "package/contents.h"
#include "package/stage.h"
#include "register/package_rows.h"

namespace crossguard {

constexpr std::string_view kBagFormat = "crossguard-package/1";

struct BagPlan {
  package_rows::OperationRow operation;
  PackageKind kind = PackageKind::kReferral;
  const Authority* authority = nullptr;
  const Gateway* gateway = nullptr;
  std::string gateway_reason;
  std::vector<Key<Account>> accounts;       // by public id
  std::map<std::string, int64_t> left_out;  // accounts that may not go (yet), by reason code
  std::vector<Key<Account>> held_back;      // of them, those that follow once a deconfliction is settled
  std::string follows;                      // id of the released package that held accounts of this one back
  Key<Package> follows_key;
};

std::string StagingFolder(const PackageRoom& room);
std::string StagedTar(const PackageRoom& room, const std::string& package_id);

class BagBuilder {
 public:
  BagBuilder(Database& db, const PackageRoom& room, BagPlan plan);
  // Everything but the summary; after it the package's id is known.
  Status Write();
  const Id<Package>& id() const { return id_; }
  const BagPlan& plan() const { return plan_; }
  int64_t file_count() const { return static_cast<int64_t>(gathered_.media.size()); }
  int64_t hits_kept_back_count() const { return gathered_.hits_kept_back_count; }
  std::string SummaryHtml() const;
  // Adds the summary, finishes the bag and gives it its name in the staging folder. Returns contents_sha256.
  Result<Sha256> Finish(ByteView summary_pdf);
  // The same contents stand there already: removes what was written.
  Status Abandon() { return stage_->Abandon(); }

 private:
  Status WriteAccounts();
  Status WriteMedia();
  CaseFrame Frame() const;
  Handling HandlingOf() const;

  Database& db_;
  const PackageRoom& room_;
  BagPlan plan_;
  std::unordered_set<int64_t> packed_;
  FactsScope scope_;
  std::unique_ptr<BagStage> stage_;
  Gathered gathered_;
  Summary summary_;
  Id<Package> id_;
};

}  // namespace crossguard
