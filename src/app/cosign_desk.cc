#include "app/cosign_desk.h"

#include <algorithm>

#include "app/retention_desk.h"
#include "custody/witness.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "register/exchange_rows.h"
#include "register/witness_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = witness_rows;

constexpr size_t kNoteLineMaxBytes = 1'000;
constexpr size_t kProofMax = 128;

Result<uint64_t> SizeField(const Fields& fields, std::string_view name) {
  const int64_t size = TRY(fields.Count(name));
  if (size > int64_t{1} << 48U) return fields.Wrong(name, "the size of a ledger");
  return static_cast<uint64_t>(size);
}

// A node that officers have pinned said then by which key it signs its ledger; no message changes that.
Result<NoteVerifier> VerifierField(Database& db, const Fields& fields, const std::string& from) {
  const auto verifier = ParseVerifier(TRY(fields.Line("verifier", kNoteLineMaxBytes)));
  if (!verifier) return fields.Wrong("verifier", "the key of a ledger");
  const auto peer = TRY(exchange_rows::FindPeer(db, from));
  if (peer && peer->ledger_verifier != VerifierText(*verifier))
    return Fail(Code::kDenied, "The ledger's key is not the one of the identity that is pinned here; pin it anew.");
  return *verifier;
}

Labels PlainLabels(const House& house, const std::string& to) {
  Labels labels;
  labels.owner = house.book().self;
  labels.originators = {house.book().self};
  labels.purposes = {"facilitate_exchange"};
  labels.handling = {HandlingCode::kH0};
  labels.release_to = std::vector{to};
  return labels;
}

// One head to one witness. Its old size is part of the key: after a conflict the same head is asked for again.
Status AskOne(House& house, Transaction& transaction, const Permit& permit, const std::string& witness,
              uint64_t old_size) {
  const LedgerExtension head = TRY(house.ledger().ProveSince(old_size));
  TRY(rows::PutSent(transaction, {.size = static_cast<int64_t>(head.size), .root = head.root, .note = head.checkpoint},
                    permit.at()));
  json proof = json::array();
  for (const Sha256& hash : head.proof) proof.push_back(ToBase64(hash.view()));
  const json body = {{"version", kBodyVersion},
                     {"old_size", old_size},
                     {"proof", proof},
                     {"checkpoint", head.checkpoint},
                     {"verifier", VerifierText(house.ledger().verifier())}};
  TRY(exchange::Post(transaction, permit, house.ids(),
                     {.to = witness,
                      .kind = MessageKind::kCheckpoint,
                      .body = body,
                      .idempotency_key = std::to_string(head.size) + "\n" + std::to_string(old_size),
                      .in_reply_to = "",
                      .labels = PlainLabels(house, witness),
                      .due_at = std::nullopt,
                      .attachment = ""}));
  return {};
}

Result<CosignRequest> ReadRequest(const Fields& fields) {
  CosignRequest request;
  request.old_size = TRY(SizeField(fields, "old_size"));
  request.checkpoint = TRY(fields.Text("checkpoint", kNoteSizeMaxBytes));
  for (const json& one : *TRY(fields.List("proof", kProofMax))) {
    const auto raw = one.is_string() ? FromBase64(one.get<std::string>()) : Result<Bytes>(Fail(Code::kInvalid, ""));
    const auto hash = raw ? Sha256::From(*raw) : Result<Sha256>(Fail(Code::kInvalid, ""));
    if (!hash) return fields.Wrong("proof", "digests in base64");
    request.proof.push_back(*hash);
  }
  return request;
}

}  // namespace

Result<json> AskCosignatures(House& house, const Actor& actor) {
  const RetentionRules rules = TRY(RulesOf(house));
  if (rules.witnesses.empty())
    return Fail(Code::kNotFound, "No witness is named; name some in config/retention.toml under [witnesses].");
  TRY(house.ledger().Publish(house.db()));
  const uint64_t size = TRY(house.ledger().ProveSince(0)).size;
  json asked = json::array();
  {
    Transaction transaction = TRY(Transaction::Begin(house.db()));
    const Permit permit = TRY(house.gate().Pass(transaction, {.act = Act::kCosignCheckpoint,
                                                              .officer = actor.officer,
                                                              .object_id = "",
                                                              .reason = actor.reason,
                                                              .details_json = Canonical({{"size", size}})}));
    for (const std::string& witness : rules.witnesses) {
      const auto last = static_cast<uint64_t>(TRY(rows::LastCosigned(house.db(), witness)));
      if (last == size) continue;
      TRY(AskOne(house, transaction, permit, witness, last));
      asked.push_back(witness);
    }
    TRY(transaction.Commit());
  }
  TRY(house.ledger().Publish(house.db()));
  return json{{"size", size}, {"asked", asked}, {"needed", rules.witnesses_needed}};
}

Result<json> ShowWitnesses(House& house) {
  const RetentionRules rules = TRY(RulesOf(house));
  const auto covers = TRY(CosignedSizes(house.db()));
  json cosigned = json::array(), seen = json::array(), alarms = json::array();
  for (const WitnessCover& cover : covers) cosigned.push_back({{"size", cover.size}, {"by", cover.authorities}});
  TRY(rows::EachSeen(house.db(), [&](const rows::Seen& one) -> Status {
    seen.push_back({{"authority", one.authority}, {"origin", one.origin}, {"size", one.size}, {"at", ToText(one.at)}});
    return {};
  }));
  TRY(rows::EachAlarm(house.db(), [&](const rows::Alarm& alarm) -> Status {
    alarms.push_back({{"origin", alarm.origin},
                      {"kind", alarm.kind},
                      {"at", ToText(alarm.at)},
                      {"seen", alarm.seen_note},
                      {"other", alarm.other_note}});
    return {};
  }));
  return json{{"needed", rules.witnesses_needed},
              {"witnesses", rules.witnesses},
              {"quorum_size", QuorumSize(covers, rules.witnesses, rules.witnesses_needed)},
              {"cosigned", cosigned},
              {"seen", seen},
              {"alarms", alarms}};
}

Result<json> CompareCheckpoint(House& house, const Actor& actor, const std::string& path) {
  const Bytes note = TRY(house.env().files.ReadWhole(path, kNoteSizeMaxBytes));
  bool alarm = false;
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(house.gate().Pass(
      transaction, {.act = Act::kCosignCheckpoint, .officer = actor.officer, .object_id = "", .reason = actor.reason}));
  const bool comparable = TRY(CompareHeads(transaction, AsText(note), permit.at(), &alarm));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  const char* const verdict = alarm        ? "two histories were shown: keep both checkpoints, and tell the others"
                              : comparable ? "the same"
                                           : "of different sizes: ask that ledger for a proof";
  return json{{"alarm", alarm}, {"verdict", verdict}};
}

Result<Handled> HandleCheckpoint(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message) {
  const Fields fields =
      TRY(Fields::OfVersion(message.body, "The checkpoint", {"old_size", "proof", "checkpoint", "verifier"}));
  const CosignRequest request = TRY(ReadRequest(fields));
  const NoteVerifier verifier = TRY(VerifierField(house.db(), fields, message.from));
  const WitnessedLog log{.authority = message.from, .verifier = verifier};
  const NoteVerifier self = house.ledger().verifier();
  const CosignAnswer answer = TRY(Cosign(transaction, permit, log, request, self.name, house.signing_key()));
  const char* const state = answer.state == CosignAnswer::State::kCosigned   ? "cosigned"
                            : answer.state == CosignAnswer::State::kConflict ? "conflict"
                                                                             : "refused";
  const json body = {{"version", kBodyVersion},
                     {"state", state},
                     {"last_seen", answer.last_seen},
                     {"verifier", VerifierText(self)},
                     {"line", answer.line}};
  TRY(exchange::Post(transaction, permit, house.ids(),
                     {.to = message.from,
                      .kind = MessageKind::kCheckpointCosigned,
                      .body = body,
                      .idempotency_key = message.id,
                      .in_reply_to = message.id,
                      .labels = PlainLabels(house, message.from),
                      .due_at = std::nullopt,
                      .attachment = ""}));
  Handled out;
  out.facts = {{"state", state}, {"last_seen", answer.last_seen}};
  return out;
}

Result<Handled> HandleCheckpointCosigned(House& house, Transaction& transaction, const Permit& permit,
                                         const ReceivedMessage& message) {
  const Fields fields =
      TRY(Fields::OfVersion(message.body, "The cosignature", {"state", "last_seen", "verifier", "line"}));
  const std::string state = TRY(fields.OneOf("state", {"cosigned", "conflict", "refused"}));
  const uint64_t last_seen = TRY(SizeField(fields, "last_seen"));
  const std::string line = TRY(fields.LineOrEmpty("line", kNoteLineMaxBytes));
  const NoteVerifier verifier = TRY(VerifierField(house.db(), fields, message.from));
  const RetentionRules rules = TRY(RulesOf(house));
  if (std::ranges::find(rules.witnesses, message.from) == rules.witnesses.end())
    return Fail(Code::kDenied, "This house did not name you as a witness of its ledger.");
  if (state == "cosigned") {
    TRY(KeepCosignature(transaction, permit, last_seen, message.from, verifier, line));
  } else if (state == "conflict") {
    // It saw another head of this ledger than was kept here: prove from that one. A ledger that is shorter cannot.
    const uint64_t known = static_cast<uint64_t>(TRY(rows::LastCosigned(house.db(), message.from)));
    if (last_seen != known) TRY(AskOne(house, transaction, permit, message.from, last_seen));
  } else {
    // Either history was rewritten here, or the witness errs: officers must look.
    TRY(rows::PutAlarm(transaction, {.origin = house.ledger().verifier().name,
                                     .kind = "refused_by_witness",
                                     .seen_note = message.from + " last saw size " + std::to_string(last_seen),
                                     .other_note = message.id,
                                     .at = permit.at()}));
  }
  Handled out;
  out.facts = {{"state", state}};
  return out;
}

}  // namespace crossguard
