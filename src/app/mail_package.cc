#include "app/mail_package.h"

#include <algorithm>

#include "app/coordination_desk.h"
#include "app/desk.h"
#include "app/mail_blind.h"
#include "coordination/interests.h"
#include "crosscheck/holdings.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "package/compose.h"
#include "package/open.h"
#include "register/app_rows.h"
#include "register/exchange_rows.h"
#include "register/package_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = request_rows;

bool IsPackageId(std::string_view text) {
  return text.size() == 20 && text.starts_with("pkg-") && IsMessageId("msg-" + std::string(text.substr(4)));
}
Result<std::string> PackageId(const Fields& fields, const char* name) {
  std::string out = TRY(fields.Line(name, 64));
  if (!IsPackageId(out)) return fields.Wrong(name, "the id of a package");
  return out;
}

// A holdings document says itself under which codes it may be used: it may say more than the envelope, never less.
Status NotWider(const json& body, const Labels& labels) {
  const auto text = [&](const char* name) {
    return body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : std::string();
  };
  if (text("owner") != labels.owner)
    return Fail(Code::kDenied, "The holdings name another owner than the labels of their message; let the two agree.");
  std::vector<std::string> codes;
  if (body.contains("handling") && body["handling"].is_array()) {
    for (const json& one : body["handling"]) {
      if (one.is_string()) codes.push_back(one.get<std::string>());
    }
  }
  for (const HandlingCode code : labels.handling) {
    if (std::ranges::find(codes, Text(code)) == codes.end())
      return Fail(Code::kDenied,
                  "The holdings leave out a handling code of their message's labels; nothing is widened.");
  }
  if (!labels.handling_text.empty() && text("handling_text") != labels.handling_text)
    return Fail(Code::kDenied, "The holdings bear another handling text than their message's labels.");
  const std::string grade = text("grade");
  if (grade.size() == 2 && (grade[0] < labels.grade[0] || grade[1] < labels.grade[1]))
    return Fail(Code::kDenied, "The holdings claim a better grade than their message's labels.");
  if (std::ranges::find(labels.purposes, "cross_check") == labels.purposes.end())
    return Fail(Code::kDenied, "The labels do not allow the purpose 'cross_check'; ask the owner.");
  return {};
}

struct PackageNote {
  std::string package, operation, gateway, gateway_reason;
  int64_t accounts = 0, files = 0;
};
Result<PackageNote> ReadPackageNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The package message",
                                       {"accounts", "files", "gateway", "gateway_reason", "operation", "package"}));
  PackageNote out;
  out.package = TRY(PackageId(fields, "package"));
  out.operation = TRY(fields.Line("operation"));
  out.gateway = TRY(fields.Line("gateway"));
  out.gateway_reason = TRY(fields.Text("gateway_reason", 1'000));
  out.accounts = TRY(fields.Count("accounts"));
  out.files = TRY(fields.Count("files"));
  return out;
}

// Whole, signed by who the peer vouches for, and said to be what it is.
Result<OuterFacts> CheckAttachment(House& house, const ReceivedMessage& message, const PackageNote& note) {
  if (message.attachment.empty()) return Fail(Code::kInvalid, "The message brings no package; attach it.");
  const auto peer = TRY(exchange_rows::FindPeer(house.db(), message.from));
  if (!peer) return Fail(Code::kDenied, "The sender is not pinned.");
  OuterFacts outer =
      TRY(VerifyOuter(house.env(), house.Path(message.attachment), AsBytes(peer->sender_ca), message.received));
  if (outer.package_id != note.package || outer.sender != message.from || outer.recipient != house.book().self)
    return Fail(Code::kDenied, "The attached package is another one, of another sender, or for another recipient.");
  return outer;
}

struct AnswerNote {
  std::string package, decision, case_number, text;
};
Result<AnswerNote> ReadAnswerNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The answer", {"case_number", "decision", "package", "text"}));
  AnswerNote out;
  out.package = TRY(PackageId(fields, "package"));
  out.decision = TRY(fields.OneOf("decision", {"accept", "refuse", "already_known", "ask"}));
  out.case_number = TRY(fields.LineOrEmpty("case_number", 200));
  out.text = TRY(fields.Text("text"));
  if (out.decision == "accept" && out.case_number.empty())
    return Fail(Code::kInvalid, "An acceptance names the authority's own case number.");
  if (out.decision == "ask" && out.text.empty()) return Fail(Code::kInvalid, "A question has a text.");
  return out;
}

struct CorrectionNote {
  std::string about, correction;
};
Result<CorrectionNote> ReadCorrectionNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The correction", {"about", "correction"}));
  CorrectionNote out;
  out.about = TRY(fields.Line("about", 64));
  if (!IsMessageId(out.about) && !IsPackageId(out.about))
    return fields.Wrong("about", "the id of a message or package");
  out.correction = TRY(fields.Text("correction"));
  if (out.correction.empty()) return fields.Wrong("correction", "what is right");
  return out;
}

struct RecallNote {
  std::string package, reason;
};
Result<RecallNote> ReadRecallNote(const json& body) {
  const Fields fields = TRY(Fields::Of(body, "The recall", {"package", "reason"}));
  RecallNote out;
  out.package = TRY(PackageId(fields, "package"));
  out.reason = TRY(fields.Text("reason", 1'000));
  return out;
}

// As the desk does when an officer types the answer in, within the message's transaction. Sealing follows outside.
Result<json> TakeDecision(House& house, Transaction& transaction, const AnswerNote& note) {
  const Answer answer = note.decision == "accept"   ? Answer::kAccept
                        : note.decision == "refuse" ? Answer::kRefuse
                                                    : Answer::kAlreadyKnown;
  const Permit record = TRY(PermitFor(house, transaction, Act::kRecordAnswer, note.package));
  TRY(RecordAnswer(transaction, record, Id<Package>(note.package), answer, note.case_number));
  json facts = {{"package", note.package}, {"decision", note.decision}};
  const auto package = TRY(package_rows::FindPackage(transaction.db(), note.package));
  if (answer != Answer::kAccept || !package || package->kind != Text(PackageKind::kReferral)) return facts;
  const Permit compose = TRY(PermitFor(house, transaction, Act::kComposePackage, note.package));
  const auto evidence = ComposeEvidence(transaction, compose, house.package_room(), Id<Package>(note.package));
  if (!evidence && evidence.error().code != Code::kDenied) return std::unexpected(evidence.error());
  facts["evidence"] = evidence ? "will follow" : "withheld";  // no gateway for files: the acceptance stands
  return facts;
}

}  // namespace

Status CheckPackageAnswerBody(const json& body) {
  TRY(ReadAnswerNote(body));
  return {};
}
Status CheckCorrectionBody(const json& body) {
  TRY(ReadCorrectionNote(body));
  return {};
}
Status CheckRecallBody(const json& body) {
  TRY(ReadRecallNote(body));
  return {};
}

Result<Permit> PermitFor(House& house, Transaction& transaction, Act act, const std::string& object_id) {
  auto permit = house.gate().Pass(transaction, {.act = act,
                                                .officer = DefaultOfficer(house.book(), act),
                                                .object_id = object_id,
                                                .reason = "a message arrived"});
  if (!permit && permit.error().code == Code::kDenied)
    return Fail(Code::kUnavailable, "This node has no officer who may do this now; its supervisor must enter one.");
  return permit;
}

Result<Handled> HandleContribution(House& house, Transaction& transaction, const Permit& taking,
                                   const ReceivedMessage& message) {
  if (IsHitTags(message.body)) return HandleHitTags(house, transaction, taking, message);
  const Permit permit = TRY(PermitFor(house, transaction, Act::kImportContribution, message.id));
  if (message.body.is_object() && message.body.value("format", json()) == coordination::kClaimsFormat)
    return Handled{.facts = TRY(TakeClaimsMessage(house, transaction, permit, message))};
  TRY(NotWider(message.body, message.labels));
  const std::string document = Canonical(message.body);
  const auto taken = TRY(crosscheck::ImportContribution(transaction, permit, house.ids(), AsBytes(document)));
  return Handled{.facts = {{"items", taken.item_count},
                           {"taken", taken.taken_count},
                           {"refused", taken.refused_count},
                           {"refusals", taken.refusals},
                           {"already_imported", taken.already_imported}}};
}

Result<Handled> HandlePackage(House& house, Transaction& transaction, const Permit&, const ReceivedMessage& message) {
  const PackageNote note = TRY(ReadPackageNote(message.body));
  const OuterFacts outer = TRY(CheckAttachment(house, message, note));
  if (TRY(rows::FindReceivedPackage(transaction.db(), message.from, note.package)))
    return Fail(Code::kConflict, "Package " + note.package + " came before in another message; it is kept once.");
  const std::string folder = "packages/received/" + message.from + "/" + note.package;
  Files& files = house.env().files;
  TRY(files.MakeFolders(house.Path("packages/received/" + message.from)));
  // A folder of this name without a row is from a run that was cut off between the two.
  TRY(files.RemoveTree(house.Path(folder)));
  TRY(files.Rename(house.Path(message.attachment), house.Path(folder)));
  TRY(files.SyncFolder(house.Path("packages/received/" + message.from)));
  const bool referral = message.kind == MessageKind::kReferralPackage;
  TRY(rows::InsertReceivedPackage(
      transaction, {.sender = message.from,
                    .package = note.package,
                    .message_id = message.id,
                    .kind = std::string(Text(referral ? PackageKind::kReferral : PackageKind::kEvidence)),
                    .operation = note.operation,
                    .gateway = note.gateway,
                    .gateway_reason = note.gateway_reason,
                    .account_count = note.accounts,
                    .file_count = note.files,
                    .payload_bytes = static_cast<int64_t>(outer.payload_bytes),
                    .labels = Canonical(LabelsJson(message.labels)),
                    .folder = folder,
                    .received_at = message.received}));
  return Handled{.facts = {{"package", note.package}, {"payload_bytes", outer.payload_bytes}}};
}

Result<Handled> HandlePackageAnswer(House& house, Transaction& transaction, const Permit&,
                                    const ReceivedMessage& message) {
  const AnswerNote note = TRY(ReadAnswerNote(message.body));
  const auto package = TRY(package_rows::FindPackage(transaction.db(), note.package));
  // One sentence for what is not there and for what is somebody else's.
  if (!package || package->authority != message.from || !package->released_at)
    return Fail(Code::kNotFound, "No package " + note.package + " went from this node to " + message.from + ".");
  if (note.decision == "ask") {
    TRY(rows::InsertPackageQuestion(transaction, {.sender = message.from,
                                                  .message_id = message.id,
                                                  .package = note.package,
                                                  .question = note.text,
                                                  .asked_at = message.received}));
    return Handled{.facts = {{"package", note.package}, {"decision", "ask"}}, .answers = false};
  }
  return Handled{.facts = TRY(TakeDecision(house, transaction, note))};
}

Result<Handled> HandleCorrection(House&, Transaction& transaction, const Permit&, const ReceivedMessage& message) {
  const auto [about, correction] = TRY(ReadCorrectionNote(message.body));
  const bool known = IsPackageId(about)
                         ? TRY(rows::FindReceivedPackage(transaction.db(), message.from, about)).has_value()
                         : TRY(exchange_rows::FindIncoming(transaction.db(), message.from, about)).has_value();
  // It may still be on its way: messages overtake each other.
  if (!known)
    return Fail(Code::kUnavailable, "Nothing of the id " + about + " has come from " + message.from + " yet.");
  TRY(rows::InsertCorrection(transaction, {.sender = message.from,
                                           .message_id = message.id,
                                           .about = about,
                                           .correction = correction,
                                           .said_at = message.received}));
  return Handled{.facts = {{"about", about}}};
}

Result<Handled> HandleRecall(House&, Transaction& transaction, const Permit&, const ReceivedMessage& message) {
  const auto [package, reason] = TRY(ReadRecallNote(message.body));
  const auto row = TRY(rows::FindReceivedPackage(transaction.db(), message.from, package));
  // It may still be on its way: held, so that what comes late is recalled too.
  if (!row) return Fail(Code::kUnavailable, "No package " + package + " has come from " + message.from + " yet.");
  TRY(rows::MarkPackageRecalled(transaction, message.from, package, reason, message.received));
  return Handled{.facts = {{"package", package}, {"acknowledged", true}, {"decision", row->decision}}};
}

}  // namespace crossguard
