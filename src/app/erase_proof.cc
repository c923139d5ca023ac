// After an erasure's commit: what no transaction can do, and the proof that nothing is left.
#include <algorithm>
#include <filesystem>

#include "app/erase.h"
#include "base/json.h"
#include "exchange/post.h"

namespace crossguard {
namespace {

namespace kept = retention_rows;
namespace fs = std::filesystem;

constexpr size_t kPieceBytes = size_t{1} << 20U;

Result<bool> Holds(Files& files, const std::string& path, const Needles& needles) {
  const auto opened = files.OpenRead(path);
  if (!opened && opened.error().code == Code::kNotFound) return false;  // went away meanwhile
  if (!opened) return std::unexpected(opened.error());
  // Pieces overlap by the longest needle, so that none is cut in two.
  const size_t overlap = needles.longest_bytes();
  Bytes piece(kPieceBytes + overlap);
  for (uint64_t at = 0;; at += kPieceBytes) {
    const size_t got = TRY((*opened)->ReadAt(at, piece));
    if (got == 0) return false;
    if (needles.Find(AsText(ByteView(piece).first(got)), Needles::Where::kAnywhere)) return true;
    if (got < piece.size()) return false;
  }
}

Status RemoveFiles(House& house, FinishFacts& facts) {
  for (const std::string& path : TRY(kept::FilesToRemove(house.db()))) {
    const std::string whole = house.Path(path);
    if (house.env().files.Exists(whole)) {
      TRY(house.env().files.RemoveTree(whole));
      TRY(house.env().files.SyncFolder(whole.substr(0, whole.find_last_of('/'))));
      ++facts.removed_count;
    }
    TRY(kept::ForgetFile(house.db(), path));
  }
  return {};
}

// Whatever had begun is done here, but for what waits for a decision.
Status MarkFinished(House& house, const FinishFacts& facts) {
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  std::vector<Key<Erasure>> begun;
  TRY(kept::EachErasure(house.db(), [&](const kept::Erased& erasure) -> Status {
    if (erasure.state == "begun") begun.push_back(erasure.key);
    return {};
  }));
  for (const Key<Erasure> key : begun) {
    for (const std::string& path : facts.found_in) {
      TRY(kept::AddOpen(transaction, key, "file " + path.substr(0, 150),
                        "An erased value still stands in this file of the data directory, perhaps within a longer one "
                        "that is somebody else's; look at it, then close this.",
                        house.env().clock.Now()));
    }
    TRY(kept::SetErasureState(house.db(), key, TRY(kept::OpenCount(house.db(), key)) > 0 ? "open" : "erased"));
  }
  return transaction.Commit();
}

// The first sentence that says why an erasure is not done.
Result<std::string> WhyNotDone(Database& db, Key<Erasure> key, int64_t unproved) {
  if (TRY(kept::OpenCount(db, key)) > 0) return std::string("A part of it waits for an officer's decision here.");
  if (unproved > 0) return "It was passed on to " + std::to_string(unproved) + " that have not proved it yet.";
  return std::string("It is being erased.");
}

Status SayTo(House& house, Transaction& transaction, const Permit& permit, const kept::Order& order,
             const ErasureReceipt& receipt) {
  Labels labels;
  labels.owner = house.book().self;
  labels.originators = {house.book().self};
  labels.purposes = {"facilitate_exchange"};
  labels.handling = {HandlingCode::kH0};
  labels.release_to = std::vector{order.sender};
  TRY(exchange::Post(transaction, permit, house.ids(),
                     {.to = order.sender,
                      .kind = MessageKind::kErasureReceipt,
                      .body = ReceiptBody(receipt),
                      .idempotency_key = order.erasure_id + "\n" + receipt.state,
                      .in_reply_to = order.message_id,
                      .labels = labels,
                      .due_at = std::nullopt,
                      .attachment = ""}));
  return {};
}

}  // namespace

Result<std::vector<std::string>> FilesWith(House& house, const Needles& needles) {
  std::vector<std::string> out;
  if (needles.empty()) return out;
  const std::string root = house.Path(".");
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    const std::string path = it->path().lexically_relative(root).generic_string();
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || path.starts_with("vault/") || path.starts_with("keys/")) continue;
    if (TRY(Holds(house.env().files, it->path().string(), needles))) out.push_back(path);
  }
  if (error) return Fail(Code::kUnavailable, "The data directory cannot be searched; check its permissions.");
  std::ranges::sort(out);
  return out;
}

Result<FinishFacts> FinishErasures(House& house, const Needles* needles) {
  FinishFacts facts;
  Database& db = house.db();
  bool begun = false;
  TRY(kept::EachErasure(db, [&](const kept::Erased& erasure) -> Status {
    begun = begun || erasure.state == "begun";
    return {};
  }));
  facts.overwritten_count = TRY(house.vault().PunchDestroyed());
  TRY(RemoveFiles(house, facts));
  TRY(kept::CutWriteAheadLog(db));
  // Deleted rows are zeroed, but a page that was rebuilt may keep an older copy in its free room. So: search; and if
  // there is nothing to search for any more, or something was found, write the file anew.
  if (needles != nullptr) facts.found_in = TRY(FilesWith(house, *needles));
  if (needles == nullptr ? begun : !facts.found_in.empty()) {
    TRY(kept::Rewrite(db));
    TRY(kept::CutWriteAheadLog(db));
    facts.rewritten = true;
    if (needles != nullptr) facts.found_in = TRY(FilesWith(house, *needles));
  }
  if (begun) TRY(MarkFinished(house, facts));
  return facts;
}

Status SettleStates(Database& db) {
  std::vector<kept::Erased> erasures;
  TRY(kept::EachErasure(db, [&](const kept::Erased& erasure) -> Status {
    if (erasure.state != "done") erasures.push_back(erasure);
    return {};
  }));
  for (kept::Erased& erasure : erasures) {
    if (erasure.state == "begun" || TRY(kept::OpenCount(db, erasure.key)) > 0) continue;
    TRY(kept::SetErasureState(db, erasure.key, TRY(kept::UnprovedCount(db, erasure.key)) == 0 ? "done" : "erased"));
  }
  return {};
}

Status SettleErasures(House& house, Transaction& transaction, const Permit& permit) {
  Database& db = transaction.db();
  TRY(SettleStates(db));
  std::vector<kept::Order> orders;
  TRY(kept::EachOrder(db, [&](const kept::Order& order) -> Status {
    if (order.state != "done" && order.erasure) orders.push_back(order);
    return {};
  }));
  for (kept::Order& order : orders) {
    const auto erasure = TRY(kept::FindErasure(db, order.erasure));
    CHECK(erasure.has_value());
    if (erasure->state == "begun") continue;  // not searched yet
    const int64_t unproved = TRY(kept::UnprovedCount(db, order.erasure));
    const auto counts = ParseJson(erasure->counts);
    ErasureReceipt receipt{.erasure = order.erasure_id,
                           .state = erasure->state == "done" ? "done" : "partly",
                           .erased_count = counts.value("holdings", int64_t{0}),
                           .waiting_count = unproved};
    if (receipt.state == "partly") receipt.reason = TRY(WhyNotDone(db, order.erasure, unproved));
    if (receipt.state == order.said) continue;
    TRY(SayTo(house, transaction, permit, order, receipt));
    order.said = receipt.state;
    if (receipt.state == "done") order.state = "done";
    TRY(kept::SetOrder(db, order));
  }
  return {};
}

}  // namespace crossguard
