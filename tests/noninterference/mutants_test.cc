// Tests of the test: each desk here makes one of the mistakes by which systems of this kind did leak (in front of each:
// what it is called there), and each must be found. The mistakes live in this file alone; the product has no switch for
// any of them.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>

#include "register/json_rows.h"
#include "register/label_rows.h"
#include "testing_desk.h"

namespace crossguard::noninterference {
namespace {

using nlohmann::json;

constexpr int64_t kTrialsMax = 20'000;

// Given the place, who asks, the request and the true answer: what leaves instead.
using Mistake = std::function<Result<json>(Place&, const Reader&, const Request&, Result<json>)>;

class Mutant final : public Desk {
 public:
  explicit Mutant(Mistake mistake) : mistake_(std::move(mistake)) {}
  std::string Answer(Place& place, const std::string& officer, const Request& request) override {
    const Reader& reader = As(place, officer);
    return Bytes(mistake_(place, reader, request, Real(reader, request)));
  }
  // The answer to one who may see everything: what a forgotten predicate gives.
  static Result<json> Unguarded(Place& place, const Request& request) { return Real(As(place, kInsider), request); }

 private:
  Mistake mistake_;
};

// One kind of request answered without its predicate.
Mistake WithoutPredicate(Kind kind) {
  return [kind](Place& place, const Reader&, const Request& request, Result<json> truth) {
    return request.kind == kind ? Mutant::Unguarded(place, request) : truth;
  };
}

int64_t CountOf(Place& place, const std::string& sql) {
  return place.db->Number(sql).value().value_or(0);
}

struct Named {
  const char* name;
  Mistake mistake;
};

std::vector<Named> Mutants() {
  std::vector<Named> out;
  out.push_back({"search without the predicate", WithoutPredicate(Kind::kSearch)});
  out.push_back({"counts over everything", WithoutPredicate(Kind::kListQueues)});
  out.push_back({"figures over everything", WithoutPredicate(Kind::kFigures)});
  out.push_back({"export of every package", WithoutPredicate(Kind::kListPackages)});
  out.push_back({"audit log unfiltered", WithoutPredicate(Kind::kLedger)});
  out.push_back({"quarantine unfiltered", WithoutPredicate(Kind::kQuarantine)});
  out.push_back({"labels and their history unfiltered", WithoutPredicate(Kind::kLabels)});
  out.push_back({"correlation with what cannot be reached",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kShowAccount || !truth) return truth;
                   const auto all = Mutant::Unguarded(place, request);
                   if (all) (*truth)["links"] = (*all)["links"];
                   return truth;
                 }});
  out.push_back({"worked-out facts of what others hold too",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kShowAccount || !truth) return truth;
                   const auto all = Mutant::Unguarded(place, request);
                   if (all) (*truth)["triage"] = (*all)["triage"];
                   return truth;
                 }});
  out.push_back({"hits of a contribution that is not for the viewer",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kShowAccount || !truth) return truth;
                   const auto all = Mutant::Unguarded(place, request);
                   if (all) (*truth)["partner_hits"] = (*all)["partner_hits"];
                   return truth;
                 }});
  out.push_back(
      {"autocomplete over all selectors", [](Place& place, const Reader&, const Request& request, Result<json> truth) {
         if (request.kind != Kind::kSearch || !truth) return truth;
         (*truth)["did_you_mean"] =
             JsonRows(*place.db, "SELECT value FROM selector WHERE substr(value,1,length(?1))=?1 ORDER BY value",
                      request.text)
                 .value();
         return truth;
       }});
  out.push_back(
      {"everybody is a member of everything", [](Place& place, const Reader&, const Request& request, Result<json>) {
         return Mutant::Unguarded(place, request);
       }});
  out.push_back({"size of the whole", [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   if (request.kind == Kind::kListPackages && truth)
                     truth->push_back({{"of", CountOf(place, "SELECT count(*) FROM package")}});
                   return truth;
                 }});
  out.push_back({"sorted by a place among everything",
                 [](Place& place, const Reader& reader, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kShowQueue) return truth;
                   return JsonRows(*place.db,
                                   "SELECT q.position, q.noun_id AS id FROM queue_item q WHERE q.queue=?1 AND " +
                                       reader.viewer.To(DataAct::kRead).QueueRow("q.noun", "q.noun_key") +
                                       " ORDER BY q.position LIMIT ?2",
                                   request.text, request.limit);
                 }});
  out.push_back({"the limit before the predicate",
                 [](Place& place, const Reader& reader, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kShowQueue) return truth;
                   return JsonRows(*place.db,
                                   "SELECT q.noun_id AS id FROM (SELECT * FROM queue_item WHERE queue=?1 ORDER BY "
                                   "position LIMIT ?2) q WHERE " +
                                       reader.viewer.To(DataAct::kRead).QueueRow("q.noun", "q.noun_key") +
                                       " ORDER BY q.position",
                                   request.text, request.limit);
                 }});
  out.push_back(
      {"ids in sequence", [](Place& place, const Reader&, const Request& request, Result<json> truth) {
         if (request.kind != Kind::kShowPackage || !truth) return truth;
         (*truth)["number"] =
             place.db->Number("SELECT package_key FROM package WHERE id=?1", request.text).value().value_or(0);
         return truth;
       }});
  out.push_back({"numbers of leaves in the log",
                 [](Place& place, const Reader& reader, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kLedger) return truth;
                   return JsonRows(*place.db, "SELECT l.leaf_index, l.act FROM ledger_leaf l WHERE " +
                                                  reader.viewer.To(DataAct::kReadLedger).ObjectOf("l.object_id") +
                                                  " ORDER BY l.leaf_index");
                 }});
  out.push_back({"an error that says the name is taken",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) -> Result<json> {
                   if (request.kind != Kind::kSeenOperation || truth) return truth;
                   const auto taken = place.db->Number("SELECT 1 FROM operation WHERE name=?1", request.text).value();
                   if (taken) return Fail(Code::kConflict, "That name is taken.");
                   return truth;
                 }});
  out.push_back({"forbidden instead of not found",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) -> Result<json> {
                   if (truth || request.kind != Kind::kShowFile) return truth;
                   if (Mutant::Unguarded(place, request)) return Fail(Code::kDenied, "You may not see that file.");
                   return truth;
                 }});
  out.push_back({"a child without its parent's labels",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   // A file that bears no labels of its own is taken for free, whatever the submission it lies in
                   // bears.
                   if (truth || request.kind != Kind::kShowFile) return truth;
                   if (OwnLabels(*place.db, "file", request.text).value()) return truth;
                   return Mutant::Unguarded(place, request);
                 }});
  out.push_back({"a package's own labels forgotten in the list of an account's",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kShowAccount || !truth) return truth;
                   const auto all = Mutant::Unguarded(place, request);
                   if (all) (*truth)["packages"] = (*all)["packages"];
                   return truth;
                 }});
  out.push_back({"outcomes of every operation and case", WithoutPredicate(Kind::kOutcomes)});
  out.push_back({"cases that have members", WithoutPredicate(Kind::kCases)});
  out.push_back({"a picture of everything", WithoutPredicate(Kind::kPicture)});
  out.push_back({"cards over every report", WithoutPredicate(Kind::kProviders)});
  out.push_back({"deconflictions of everybody", WithoutPredicate(Kind::kDeconflictions)});
  out.push_back({"a board for everybody", WithoutPredicate(Kind::kBoard)});
  out.push_back({"tasks about what is not seen", WithoutPredicate(Kind::kTasks)});
  out.push_back({"known already by what is not seen", WithoutPredicate(Kind::kProposeAnswer)});
  out.push_back({"what an outcome contradicts, whatever it is",
                 [](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   if (request.kind != Kind::kOutcomes || !truth) return truth;
                   const auto all = Mutant::Unguarded(place, {.kind = Kind::kOutcomes, .text = "", .limit = 1'000});
                   for (json& row : *truth) {
                     for (const json& other : *all) {
                       if (other["id"] == row["id"]) row["contradicts"] = other["contradicts"];
                     }
                   }
                   return truth;
                 }});
  out.push_back({"a party that a hidden contribution made",
                 [](Place& place, const Reader& reader, const Request& request, Result<json> truth) {
                   // Asks for the accounts, and forgets by what the other was found.
                   if (request.kind != Kind::kDeconflictions || !truth) return truth;
                   return JsonRows(*place.db,
                                   "SELECT d.id FROM deconfliction d JOIN deconfliction_account x USING "
                                   "(deconfliction_key) JOIN deconfliction_party p USING (deconfliction_key) WHERE "
                                   "p.since>500 AND " +
                                       reader.viewer.To(DataAct::kRead).AccountWhole("x.account_key") +
                                       " ORDER BY d.id, p.party");
                 }});
  auto cache = std::make_shared<std::map<std::string, Result<json>>>();
  out.push_back({"a cache keyed without the viewer",
                 [cache](Place& place, const Reader&, const Request& request, Result<json> truth) {
                   const std::string key =
                       std::to_string(reinterpret_cast<uintptr_t>(place.db.get())) + Describe(request);
                   return cache->try_emplace(key, std::move(truth)).first->second;
                 }});
  return out;
}

TEST(Mutants, EachIsFound) {
  for (Named& named : Mutants()) {
    Mutant mutant(std::move(named.mistake));
    const auto found = Compare(mutant, mutant, kTrialsMax, 11);
    EXPECT_TRUE(found) << named.name << " was not found in " << kTrialsMax << " trials";
    if (found)
      std::printf("trial %5lld  %s: %s\n", static_cast<long long>(found->trial), named.name, found->request.c_str());
  }
}

}  // namespace
}  // namespace crossguard::noninterference
