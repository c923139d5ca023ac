#include "testing_desk.h"

#include <algorithm>

#include "coordination/settle.h"
#include "coordination/work.h"
#include "model/canonical.h"
#include "outcome/feedback.h"
#include "outcome/picture.h"
#include "register/label_rows.h"
#include "register/outcome_rows.h"

namespace crossguard::noninterference {
namespace {

using nlohmann::json;

constexpr const char* kKindNames[kKinds] = {"show account",
                                            "show subject",
                                            "show file",
                                            "show package",
                                            "list packages",
                                            "list queues",
                                            "show queue",
                                            "quarantine",
                                            "hash list",
                                            "figures",
                                            "search",
                                            "ledger",
                                            "labels",
                                            "find operation",
                                            "find package",
                                            "cases",
                                            "show case",
                                            "outcomes",
                                            "picture",
                                            "open figure",
                                            "provider cards",
                                            "deconflictions",
                                            "show deconfliction",
                                            "board",
                                            "leads",
                                            "tasks",
                                            "propose answer"};
constexpr int kRequestsPerPair = 1'000;

const std::vector<std::string>& Accounts() {
  static const std::vector<std::string> kAll = {
      "acc-w0", "acc-w1", "acc-w2", "acc-w3",           "acc-w4",           "acc-w5",         "acc-w6", "acc-w7",
      "acc-m0", "acc-m1", "acc-m2", "acc-m3",           "acc-h0",           "acc-h1",         "acc-h2", "acc-h3",
      "acc-h4", "acc-p",  "acc-no", "chat/user-acc-w3", "chat/user-acc-h1", "chat/user-acc-p"};
  return kAll;
}
const std::vector<std::string>& Files() {
  static const std::vector<std::string> kAll = {
      "med-v0",      "med-v1",     "med-v2",           "med-v3",           "med-x0",
      "med-x1",      "med-x2",     "med-h0",           "med-h1",           "med-h3",
      "med-p",       "med-q",      "med-no",           "file-med-v1",      "file-med-x0",
      "file-med-h0", "file-med-p", "fil-med-x0rep-vm", "fil-med-x0rep-hx", "file-med-h2"};
  return kAll;
}
const std::vector<std::string>& Packages() {
  static const std::vector<std::string> kAll = {"pkg-v0", "pkg-v1", "pkg-v2", "pkg-ha", "pkg-hb", "pkg-hd", "pkg-no"};
  return kAll;
}
const std::vector<std::string>& Operations() {
  static const std::vector<std::string> kAll = {"kauri", "open", "rimu", "totara", "matai", "none"};
  return kAll;
}

std::string AnyText(Kind kind, std::mt19937_64& random) {
  const auto of = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
  switch (kind) {
    case Kind::kShowAccount:
      return of(Accounts());
    case Kind::kShowSubject:
      return of({"sbj-v0", "sbj-v1", "sbj-e", "sbj-h", "sbj-no"});
    case Kind::kShowFile:
      return of(Files());
    case Kind::kShowPackage:
    case Kind::kSeenPackage:
      return of(Packages());
    case Kind::kShowQueue:
      return of({"urgent", "second_officer", "unclear_jurisdiction", "unknown_material", "deconfliction", "none"});
    case Kind::kHashList:
      return of({"lst-1", "known", "lst-no"});
    case Kind::kFigures:
      return of(Operations());
    case Kind::kSearch:
      return of({"sam", "sam1", "samh", "samp@", "SAMH1", "user-acc-h", "user-acc-w", "user-acc-p", "acc-h0", "acc-w0",
                 "text", "us", "acc-m3"});
    case Kind::kLedger:
      return of({"", "op-va", "op-hb", "sub-hx", "acc-w0", "acc-m0", "acc-h0", "pkg-v0", "pkg-hb", "med-p", "acc-no",
                 "dec-v0", "dec-h0", "dec-h1", "cas-hk", "out-hl"});
    case Kind::kLabels:
      switch (random() % 5) {
        case 4:
          return of({"cas-v0", "cas-hk", "cas-hb", "out-v0", "out-v1", "out-hk", "out-hl", "out-no"});
        case 0:
          return of(Packages());
        case 1:
          return of(Files());
        case 2:
          return of(Accounts());
        default:
          return of({"op-va", "op-hb", "op-hd", "op-vo", "sub-v1", "sub-hx", "sub-hb", "op-no"});
      }
    case Kind::kSeenOperation:
      return random() % 2 == 0 ? of(Operations()) : of({"op-va", "op-hb", "op-hc", "op-hd", "op-vo", "op-no"});
    case Kind::kShowCase:
      return of({"cas-v0", "cas-v1", "K-0", "H-1", "cas-hk", "cas-hb", "cas-hd", "cas-no"});
    case Kind::kCases:
    case Kind::kOutcomes:
      return random() % 2 == 0 ? "" : of({"kauri", "rimu", "matai", "elsewhere"});
    case Kind::kPicture:
    case Kind::kOpenFigure:
      return of({"kauri", "rimu", "matai", "elsewhere", "none"});
    case Kind::kShowDeconfliction:
      return of({"dec-v0", "dec-v1", "dec-v2", "dec-h0", "dec-h1", "dec-h2", "dec-no"});
    case Kind::kLeads:
      return of({"", "sbj-v0", "sbj-e", "sbj-h", "dec-v0", "dec-h0", "dec-h2"});
    case Kind::kProposeAnswer:
      return of({"pkg-in", "op-va", "op-hb", "cas-hk", "con-h", "pkg-no"});
    default:
      return "";
  }
}

Result<json> LabelsAnswer(const Reader& reader, const std::string& id) {
  const auto noun = LabelledNoun(id);
  if (!noun) return Fail(Code::kInvalid, "No labels stand there.");
  const DatumLabels labels = TRY(LabelsOn(reader.db, reader.viewer, *noun, id));
  if (labels.ways.empty() || !Judge(reader, DataAct::kRead, labels).permit)
    return Fail(Code::kNotFound, "Nothing is named '" + id + "'.");
  json history = TRY(LabelHistory(reader.db, *noun, id));
  return json{{"labels", LabelsJson(labels.Joined())}, {"ways", labels.ways.size()}, {"history", std::move(history)}};
}

// From a little before the first byte that differs.
std::string FromDifference(const std::string& text, const std::string& other) {
  const auto at = static_cast<size_t>(std::ranges::mismatch(text, other).in1 - text.begin());
  return text.substr(at > 80 ? at - 80 : 0, 200);
}

json One(std::string value) {
  return json{{"id", std::move(value)}};
}

}  // namespace

std::string Describe(const Request& request) {
  return std::string(kKindNames[static_cast<size_t>(request.kind)]) + " '" + request.text + "' limit " +
         std::to_string(request.limit);
}

Request AnyRequest(std::mt19937_64& random) {
  Request out{.kind = static_cast<Kind>(random() % kKinds)};
  out.text = AnyText(out.kind, random);
  const int64_t limits[] = {1, 2, 5, 100};
  out.limit = limits[random() % 4];
  return out;
}

Place MakePlace(const Seeds& seeds) {
  auto db = OpenSqlite(":memory:", OpenMode::kReadWrite);
  CHECK(db.has_value());
  Place out{.db = std::move(*db), .book = Book(), .readers = {}};
  FillWorld(*out.db, seeds);
  return out;
}

const Reader& Desk::As(Place& place, const std::string& officer) {
  const auto known = place.readers.find(officer);
  if (known != place.readers.end()) return known->second;
  auto reader = ReadAs(*place.db, place.book, officer, kNow);
  CHECK(reader.has_value());
  return place.readers.emplace(officer, std::move(*reader)).first->second;
}

Result<json> Desk::Real(const Reader& reader, const Request& request) {
  Database& db = reader.db;
  const Viewer& viewer = reader.viewer;
  const auto record = [&](std::string_view noun) -> Result<json> {
    return TRY(ReadRecord(reader, noun, request.text)).json;
  };
  switch (request.kind) {
    case Kind::kShowAccount:
      return record("account");
    case Kind::kShowSubject:
      return record("subject");
    case Kind::kShowFile:
      return record("file");
    case Kind::kShowPackage:
      return record("package");
    case Kind::kListPackages:
      return ListPackages(db, viewer);
    case Kind::kListQueues:
      return ListQueues(db, viewer);
    case Kind::kShowQueue:
      return ShowQueue(db, viewer, request.text, request.limit);
    case Kind::kQuarantine:
      return ListQuarantine(db, viewer, request.limit);
    case Kind::kHashList:
      return ShowHashList(db, viewer, request.text);
    case Kind::kFigures:
      return OperationFigures(db, viewer, request.text);
    case Kind::kSearch:
      return SearchAccounts(db, viewer, request.text, request.limit);
    case Kind::kLedger:
      return ListLedger(db, viewer, request.text, request.limit);
    case Kind::kLabels:
      return LabelsAnswer(reader, request.text);
    case Kind::kSeenOperation:
      return One(TRY(SeenOperation(db, viewer, request.text)));
    case Kind::kSeenPackage:
      return One(TRY(SeenPackage(db, viewer, request.text)));
    default:
      return OfWork(reader, request);
  }
}

// Cases, outcomes and coordination: the functions behind the verbs.
Result<json> Desk::OfWork(const Reader& reader, const Request& request) {
  static const AuthorityBook kBook = Book();
  static const outcome::OutcomeRules kRules;
  Database& db = reader.db;
  const Sight& read = reader.viewer.To(DataAct::kRead);
  const Sight& count = reader.viewer.To(DataAct::kCount);
  const Instant day{200 * kMicrosPerDay};
  switch (request.kind) {
    case Kind::kCases:
      return outcome_rows::ListCases(db, read, request.text);
    case Kind::kShowCase: {
      const auto found = TRY(outcome_rows::FindCase(db, read, request.text));
      return outcome_rows::ShowCase(db, read, found.id, kBook.self);
    }
    case Kind::kOutcomes:
      return outcome_rows::ListOutcomes(db, read, request.text, "", request.limit);
    case Kind::kPicture:
      return outcome::MakePicture(db, count, kBook, kRules, request.text, day);
    case Kind::kOpenFigure:
      return outcome::OpenFigure(db, read, kBook, request.text, OutcomeKind::kArrest, "global", day);
    case Kind::kProviders:
      return outcome::ProviderCards(db, count, kRules);
    case Kind::kDeconflictions:
      return coordination::ListDeconflictions(db, read, kBook.self);
    case Kind::kShowDeconfliction:
      return coordination::ShowDeconfliction(db, read, kBook.self, request.text);
    case Kind::kBoard:
      return coordination::Board(db, read, kBook.self, kNow);
    case Kind::kLeads:
      return coordination::ListLeads(db, read, request.text);
    case Kind::kTasks:
      return coordination::ListTasks(db, read, kNow);
    case Kind::kProposeAnswer: {
      const auto proposal = TRY(coordination::ProposeAnswer(db, count, kBook.self, request.text));
      json out = {{"decision", proposal.decision},
                  {"accounts", proposal.account_count},
                  {"known", proposal.known_count},
                  {"ways", json::array()}};
      for (const auto& way : proposal.ways) out["ways"].push_back({way.channel, way.account_count, way.since.micros});
      return out;
    }
    default:
      return Fail(Code::kInvalid, "No such request.");
  }
}

std::string Desk::Bytes(const Result<json>& answer) {
  if (answer) return Canonical(*answer);
  return std::string(Name(answer.error().code)) + ": " + answer.error().message;
}

std::string Desk::Answer(Place& place, const std::string& officer, const Request& request) {
  return Bytes(Real(As(place, officer), request));
}

std::optional<Found> Compare(Desk& first, Desk& second, int64_t trials, uint64_t seed) {
  std::mt19937_64 random(seed);
  int64_t done = 0;
  while (done < trials) {
    const uint64_t visible = random();
    Place one = MakePlace({.visible = visible, .hidden = random()});
    Place two = MakePlace({.visible = visible, .hidden = random()});
    for (int i = 0; i < kRequestsPerPair && done < trials; ++i) {
      const Request request = AnyRequest(random);
      if (random() % 8 == 0) {  // another officer asks, and sees more: it must make no difference to the viewer
        first.Answer(one, kInsider, request);
        second.Answer(two, kInsider, request);
      }
      const std::string a = first.Answer(one, kViewer, request);
      const std::string b = second.Answer(two, kViewer, request);
      ++done;
      if (a != b) {
        return Found{
            .trial = done, .request = Describe(request), .first = FromDifference(a, b), .second = FromDifference(b, a)};
      }
    }
  }
  return std::nullopt;
}

}  // namespace crossguard::noninterference
