#include "app/post_desk.h"

#include <algorithm>

#include "app/access_desk.h"
#include "app/interest_desk.h"
#include "app/mail_room.h"
#include "app/pipeline.h"
#include "base/json.h"
#include "crosscheck/holdings.h"
#include "crypto/digest.h"
#include "crypto/x509.h"
#include "exchange/envelope.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "register/app_rows.h"
#include "register/exchange_rows.h"
#include "register/package_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = request_rows;

constexpr int64_t kPackageAnswerMicros = 7 * kMicrosPerDay;
constexpr uint64_t kOuterPageMaxBytes = 16 * 1024 * 1024;

json TimeOrNull(const std::optional<Instant>& at) {
  return at ? json(ToText(*at)) : json();
}

Ask AskFor(const Actor& actor, Act act, const std::string& object) {
  return {.act = act, .officer = actor.officer, .object_id = object, .reason = actor.reason};
}

// The labels of a holdings document, so that the envelope's are no wider.
Result<Labels> LabelsOfHoldings(const House& house, const json& document, const std::string& to) {
  const auto text = [&](const char* name) {
    return document.contains(name) && document[name].is_string() ? document[name].get<std::string>() : std::string();
  };
  if (text("owner") != house.book().self)
    return Fail(Code::kDenied, "The holdings are another authority's; only their owner sends them.");
  Labels labels = OwnLabelsTo(house, to, "cross_check");
  labels.handling.clear();
  if (document.contains("handling") && document["handling"].is_array()) {
    std::vector<std::string> codes = document["handling"].get<std::vector<std::string>>();
    std::ranges::sort(codes);
    for (const std::string& one : codes) {
      const auto code = FromText<HandlingCode>(one);
      if (!code) return Fail(Code::kInvalid, "The holdings bear a handling code that is not H0 to H3.");
      if (labels.handling.empty() || labels.handling.back() != *code) labels.handling.push_back(*code);
    }
  }
  labels.handling_text = text("handling_text");
  if (const std::string grade = text("grade"); grade.size() == 2) labels.grade = grade;
  return labels;
}

OutgoingMessage PackageMessage(const House& house, const package_rows::PackageRow& package, Instant now) {
  OutgoingMessage message{.to = package.authority};
  message.kind =
      package.kind == Text(PackageKind::kReferral) ? MessageKind::kReferralPackage : MessageKind::kEvidencePackage;
  message.body = {{"package", package.id},
                  {"operation", package.operation_id},
                  {"gateway", package.gateway},
                  {"gateway_reason", package.gateway_reason},
                  {"accounts", package.account_count},
                  {"files", package.file_count}};
  message.idempotency_key = package.id;
  message.labels = OwnLabelsTo(house, package.authority, "facilitate_exchange");
  if (message.kind == MessageKind::kReferralPackage) message.due_at = Instant{now.micros + kPackageAnswerMicros};
  message.attachment = package.folder;
  return message;
}

// The message that carried a package of this house.
Result<exchange_rows::OutgoingRow> SentPackage(House& house, const package_rows::PackageRow& package) {
  const auto message = PackageMessage(house, package, {});
  const std::string id =
      house.ids()
          .Make<Message>(message.to + "\n" + std::string(Text(message.kind)) + "\n" + message.idempotency_key)
          .text();
  auto row = TRY(exchange_rows::FindOutgoing(house.db(), id));
  if (!row) return Fail(Code::kConflict, "Package " + package.id + " was never sent from here as a message.");
  return std::move(*row);
}

// The certificate to which the package is sealed, as its own page says; "" if the page does not.
Result<std::string> SealedTo(House& house, const package_rows::PackageRow& package) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(house.Path(package.folder + "/OUTER.json"), kOuterPageMaxBytes));
  const json outer = ParseJson(bytes);
  const json recipient = outer.is_object() ? outer.value("recipient", json()) : json();
  const json sha256 = recipient.is_object() ? recipient.value("certificate_sha256", json()) : json();
  return sha256.is_string() ? sha256.get<std::string>() : std::string();
}

// What was sealed before its recipient's node was pinned may be for a key that the node does not hold.
Result<bool> SealedToPinned(House& house, const package_rows::PackageRow& package) {
  const auto peer = TRY(exchange_rows::FindPeer(house.db(), package.authority));
  if (!peer) return true;  // nobody is pinned yet: the message waits for that anyhow
  const Certificate pinned = TRY(Certificate::LoadPem(peer->sealing_certificate));
  return TRY(SealedTo(house, package)) == pinned.Fingerprint().hex();
}

Result<rows::ReceivedPackageRow> FindReceived(House& house, const PackageReply& reply) {
  std::optional<rows::ReceivedPackageRow> found;
  int count = 0;
  TRY(rows::EachReceivedPackage(house.db(), [&](const rows::ReceivedPackageRow& row) -> Status {
    if (row.package != reply.package || (!reply.sender.empty() && row.sender != reply.sender)) return {};
    ++count;
    found = row;
    return {};
  }));
  if (!found) return Fail(Code::kNotFound, "No package " + reply.package + " came; see `crossguard package received`.");
  if (count > 1) return Fail(Code::kConflict, "Several nodes sent a package of this id; name the sender with --from.");
  return std::move(*found);
}

}  // namespace

Labels OwnLabelsTo(const House& house, const std::string& to, const std::string& purpose) {
  Labels labels;
  labels.owner = house.book().self;
  labels.originators = {house.book().self};
  labels.purposes = {purpose};
  labels.handling = {HandlingCode::kH0, HandlingCode::kH2};
  labels.release_to = {{to}};
  return labels;
}

Result<std::string> PostAs(House& house, const Ask& ask, const OutgoingMessage& message, const Also& also) {
  if (house.book().Find(message.to) == nullptr || message.to == house.book().self)
    return Fail(Code::kNotFound, "'" + message.to + "' is no other authority of the authority book.");
  TRY(CheckTyped(message.kind, message.body));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(house.gate().Pass(transaction, ask));
  const std::string id = TRY(exchange::Post(transaction, permit, house.ids(), message));
  if (also) TRY(also(transaction, permit, id));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return id;
}

Result<json> SendHoldings(House& house, const Actor& actor, const std::string& path, const std::string& to) {
  const Bytes bytes = TRY(house.env().files.ReadWhole(path, exchange::kMessageMaxBytes));
  const json document = ParseJson(bytes);
  if (!document.is_object())
    return Fail(Code::kInvalid, "'" + path + "' is no file of holdings (crossguard-holdings/1).");
  OutgoingMessage message{.to = to, .kind = MessageKind::kContribution};
  message.labels = TRY(LabelsOfHoldings(house, document, to));
  message.body = document;
  message.idempotency_key = HashSha256(AsBytes(Canonical(document))).hex();
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kSendMessages, to), message));
  return json{{"message", id}, {"to", to}};
}

Result<json> SendPackages(House& house, const Actor& actor, const std::string& operation, Progress& progress) {
  const OperationRow found = TRY(FindOperation(house.db(), operation));
  if (!found.key)
    return Fail(Code::kNotFound, "No operation is named '" + operation + "'; see `crossguard package list`.");
  TRY(SealComposed(house, operation, actor.officer, progress));
  std::vector<package_rows::PackageRow> released;
  TRY(package_rows::EachPackage(house.db(), found.key, [&](const package_rows::PackageRow& row) -> Status {
    if (row.state == Text(PackageState::kReleased)) released.push_back(row);
    return {};
  }));
  json out = json::array();
  for (const package_rows::PackageRow& package : released) {
    if (!TRY(SealedToPinned(house, package))) {
      out.push_back({{"package", package.id},
                     {"kind", package.kind},
                     {"to", package.authority},
                     {"not_sent", "It was sealed to another certificate than the one that is pinned for " +
                                      package.authority + "; see `crossguard package seal-anew`."}});
      continue;
    }
    const OutgoingMessage message = PackageMessage(house, package, house.env().clock.Now());
    const std::string id = TRY(PostAs(house, AskFor(actor, Act::kSendMessages, package.id), message));
    out.push_back({{"package", package.id}, {"kind", package.kind}, {"to", package.authority}, {"message", id}});
  }
  return out;
}

Result<json> SealAnew(House& house, const Actor& actor, const std::string& id, Progress& progress) {
  const Reader reader = TRY(ReadFor(house, actor, Act::kSealPackage));
  TRY(SeenPackage(house.db(), reader.viewer, id));
  const auto package = TRY(package_rows::FindPackage(house.db(), id));
  CHECK(package.has_value());
  if (package->state != Text(PackageState::kSealed) && package->state != Text(PackageState::kReleased))
    return Fail(Code::kConflict,
                "Package " + id + " is " + package->state + "; only one that waits to leave is sealed anew.");
  if (SentPackage(house, *package))
    return Fail(Code::kConflict, "Package " + id + " went as a message already; recall it if it must not be opened.");
  if (!TRY(exchange_rows::FindPeer(house.db(), package->authority)))
    return Fail(Code::kConflict, "No node of " + package->authority + " is pinned; see `crossguard node trust`.");
  if (TRY(SealedToPinned(house, *package)))
    return Fail(Code::kConflict, "Package " + id + " is sealed to the pinned certificate already; send it.");
  const std::string former = TRY(SealedTo(house, *package));
  {
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    Ask ask = AskFor(actor, Act::kSealPackage, id);
    ask.details_json = Canonical({{"superseded_seal", former}});
    const Permit permit = TRY(house.gate().Pass(transaction, ask));
    TRY(package_rows::Unseal(transaction, package->key, former, permit.at()));
    TRY(transaction.Commit());
  }
  TRY(SealComposed(house, TRY(OperationOfPackage(house.db(), id)), actor.officer, progress));
  return json{{"package", id},
              {"to", package->authority},
              {"superseded_seal", former},
              {"sealed_to", TRY(SealedTo(house, *TRY(package_rows::FindPackage(house.db(), id))))},
              {"next", "crossguard package approve: two officers release it as ever"}};
}

Result<json> RecallPackage(House& house, const Actor& actor, const std::string& id, const std::string& why) {
  const auto package = TRY(package_rows::FindPackage(house.db(), id));
  if (!package) return Fail(Code::kNotFound, "There is no package " + id + "; see `crossguard package list`.");
  const exchange_rows::OutgoingRow sent = TRY(SentPackage(house, *package));
  if (sent.state == "refused")
    return Fail(Code::kConflict, "Package " + id + " was refused by its recipient, who does not hold it.");
  OutgoingMessage message{.to = package->authority, .kind = MessageKind::kRecall};
  message.body = {{"package", id}, {"reason", why}};
  message.idempotency_key = id;
  message.labels = OwnLabelsTo(house, package->authority, "facilitate_exchange");
  message.urgency = Urgency::kUrgent;
  const std::string message_id = TRY(PostAs(house, AskFor(actor, Act::kSendMessages, id), message));
  return json{{"package", id}, {"to", package->authority}, {"message", message_id}, {"state", "open"}};
}

Result<json> ListRecalls(House& house) {
  json out = json::array();
  TRY(exchange_rows::EachOutgoing(house.db(), INT64_MAX, [&](const exchange_rows::OutgoingRow& row) -> Status {
    if (row.message.kind != MessageKind::kRecall) return {};
    out.push_back({{"package", row.message.body["package"]},
                   {"to", row.message.to},
                   {"message", row.id},
                   {"sent", ToText(row.created_at)},
                   {"state", row.state == "taken"     ? "acknowledged"
                             : row.state == "refused" ? "refused"
                                                      : "open"},
                   {"acknowledged", row.state == "taken" ? TimeOrNull(row.decided_at) : json()},
                   {"problem", row.problem}});
    return {};
  }));
  return out;
}

Result<json> ReplyToPackage(House& house, const Actor& actor, const PackageReply& reply) {
  const rows::ReceivedPackageRow row = TRY(FindReceived(house, reply));
  const bool final_before = !row.decision.empty() && row.decision != "ask";
  if (row.recalled_at && reply.decision == "accept")
    return Fail(Code::kConflict, "Package " + row.package + " was recalled by its sender; do not work on it.");
  if (row.erased_at && reply.decision == "accept")
    return Fail(Code::kConflict,
                "Package " + row.package + " was erased at its sender's notice; ask for one that is composed anew.");
  if (final_before && (row.decision != reply.decision || row.case_number != reply.case_number))
    return Fail(Code::kConflict, "Package " + row.package + " was answered with '" + row.decision + "' before.");
  OutgoingMessage message{.to = row.sender, .kind = MessageKind::kPackageAnswer};
  message.body = {
      {"package", row.package}, {"decision", reply.decision}, {"case_number", reply.case_number}, {"text", reply.text}};
  // One decision, and as many questions as there are different ones.
  message.idempotency_key =
      row.package + (reply.decision == "ask" ? "\n" + HashSha256(AsBytes(reply.text)).hex() : std::string());
  message.in_reply_to = row.message_id;
  message.labels = OwnLabelsTo(house, row.sender, "facilitate_exchange");
  TRY(CheckTyped(message.kind, message.body));
  json out = {{"package", row.package}, {"to", row.sender}, {"decision", reply.decision}};
  // What this house works on from now on, so that the same by another way is seen as the same.
  if (reply.decision == "accept" || reply.decision == "already_known")
    out["interests"] = TRY(NoteReceived(house, actor, row.sender, row.package));
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kSendMessages, row.package), message,
                                    [&](Transaction& transaction, const Permit& permit, const std::string&) {
                                      return rows::MarkPackageDecided(transaction, {.sender = row.sender,
                                                                                    .package = row.package,
                                                                                    .decision = reply.decision,
                                                                                    .case_number = reply.case_number,
                                                                                    .at = permit.at()});
                                    }));
  out["message"] = id;
  return out;
}

Result<json> ListReceivedPackages(House& house) {
  json out = json::array();
  std::vector<rows::ReceivedPackageRow> all;
  TRY(rows::EachReceivedPackage(house.db(), [&](const rows::ReceivedPackageRow& row) -> Status {
    all.push_back(row);
    return {};
  }));
  for (const rows::ReceivedPackageRow& row : all) {
    int64_t corrections = 0;
    TRY(rows::EachCorrection(house.db(), row.package, [&](const rows::CorrectionRow& one) -> Status {
      corrections += one.sender == row.sender ? 1 : 0;
      return {};
    }));
    out.push_back({{"package", row.package},
                   {"from", row.sender},
                   {"kind", row.kind},
                   {"accounts", row.account_count},
                   {"files", row.file_count},
                   {"gateway", row.gateway},
                   {"via", row.via},
                   {"erased", TimeOrNull(row.erased_at)},
                   {"received", ToText(row.received_at)},
                   {"decision", row.decision},
                   {"case_number", row.case_number},
                   {"recalled", TimeOrNull(row.recalled_at)},
                   {"corrections", corrections},
                   {"folder", house.Path(row.folder)}});
  }
  return out;
}

Result<json> ListQuestions(House& house) {
  json out = json::array();
  TRY(rows::EachPackageQuestion(house.db(), [&](const rows::QuestionRow& row) -> Status {
    out.push_back({{"package", row.package},
                   {"from", row.sender},
                   {"message", row.message_id},
                   {"asked", ToText(row.asked_at)},
                   {"question", row.question}});
    return {};
  }));
  return out;
}

Result<json> SendCorrection(House& house, const Actor& actor, const CorrectionToSend& correction) {
  OutgoingMessage message{.to = correction.to, .kind = MessageKind::kCorrection};
  message.body = {{"about", correction.about}, {"correction", correction.text}};
  message.idempotency_key = correction.about + "\n" + HashSha256(AsBytes(correction.text)).hex();
  message.labels = OwnLabelsTo(house, correction.to, "facilitate_exchange");
  const std::string id = TRY(PostAs(house, AskFor(actor, Act::kSendMessages, correction.about), message));
  return json{{"about", correction.about}, {"to", correction.to}, {"message", id}};
}

}  // namespace crossguard
