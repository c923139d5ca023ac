#include "app/mail_blind.h"

#include <algorithm>

#include "app/blind_keys.h"
#include "app/mail_request.h"
#include "app/post_desk.h"
#include "crypto/digest.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "register/blind_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = blind_rows;

constexpr size_t Base64Bytes(size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

Result<Bytes> ReadBase64(const Fields& fields, const char* name, size_t bytes_max) {
  auto bytes = FromBase64(TRY(fields.Line(name, Base64Bytes(bytes_max))));
  if (!bytes || bytes->size() > bytes_max) return fields.Wrong(name, "base64");
  return std::move(*bytes);
}

Result<int64_t> ReadEpoch(const Fields& fields) {
  return fields.Count("epoch");
}

Result<std::vector<GroupElement>> ReadElements(const Fields& fields) {
  return SplitElements(TRY(ReadBase64(fields, "elements", kBlindElementsMax * GroupElement::kSize)));
}

Result<std::string> ReadCards(const Fields& fields, bool first) {
  const json& cards = *TRY(fields.List("cards", crosscheck::kCardsMax));
  if (cards.empty() == first) return fields.Wrong("cards", "the cards with part 0, and nothing with another");
  for (const json& card : cards) {
    if (!card.is_string() || card.get_ref<const std::string&>().size() > Base64Bytes(crosscheck::kCardBytesMax) ||
        !FromBase64(card.get_ref<const std::string&>()))
      return fields.Wrong("cards", "base64 of at most " + std::to_string(crosscheck::kCardBytesMax) + " bytes each");
  }
  return Canonical(cards);
}

}  // namespace

bool IsBlindQuery(const json& body) {
  return body.is_object() && body.contains("elements");
}
bool IsBlindAnswer(const json& body) {
  return body.is_object() && body.contains("proof");
}
bool IsHitTags(const json& body) {
  return body.is_object() && body.value("format", json()) == json(kHitTagsFormat);
}

Result<rows::TagPartRow> ReadTagPart(const ReceivedMessage& message) {
  const Fields fields = TRY(Fields::OfVersion(
      message.body, "The tags", {"cards", "entries", "epoch", "format", "made", "part", "parts", "public_key"}));
  rows::TagPartRow out{.authority = message.from};
  out.epoch = TRY(ReadEpoch(fields));
  const int64_t now = HitEpochAt(message.received);
  if (out.epoch < now - 1 || out.epoch > now + 1) return fields.Wrong("epoch", "the week that runs");
  out.made_at = TRY(fields.Time("made"));
  if (out.made_at.micros > message.received.micros + kMicrosPerDay)
    return fields.Wrong("made", "a time that is not ahead");
  out.part = TRY(fields.Count("part"));
  out.part_count = TRY(fields.Count("parts"));
  if (out.part_count < 1 || out.part_count > static_cast<int64_t>(kTagPartsMax) || out.part >= out.part_count)
    return fields.Wrong("parts", "1 to " + std::to_string(kTagPartsMax) + " parts, counted from 0");
  out.public_key = TRY(GroupElement::From(TRY(ReadBase64(fields, "public_key", GroupElement::kSize))));
  if (!IsElement(out.public_key)) return fields.Wrong("public_key", "an element of the group");
  out.entries = TRY(ReadBase64(fields, "entries", kTagsPerPart * crosscheck::kTagEntryBytes));
  TRY(crosscheck::CheckEntries(out.entries));
  out.first_tag = Bytes(out.entries.begin(), out.entries.begin() + crosscheck::kTagBytes);
  out.cards = TRY(ReadCards(fields, out.part == 0));
  return out;
}

Result<rows::BlindedRow> ReadBlinded(const ReceivedMessage& message) {
  const Fields fields =
      TRY(Fields::OfVersion(message.body, "The question", {"case", "elements", "epoch", "legal_basis", "officer"}));
  rows::BlindedRow out{.authority = message.from, .message_id = message.id, .received_at = message.received};
  out.epoch = TRY(ReadEpoch(fields));
  out.case_commitment = TRY(fields.Digest("case"));
  out.legal_basis = TRY(fields.Line("legal_basis"));
  out.officer = TRY(fields.Line("officer", 64));
  TRY(CheckOfficerName(out.officer));
  const std::vector<GroupElement> elements = TRY(ReadElements(fields));
  std::vector<GroupElement> sorted = elements;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return fields.Wrong("elements", "each element once, freshly blinded");
  out.elements = JoinElements(elements);
  out.elements_sha256 = HashSha256(out.elements);
  return out;
}

Result<BlindAnswer> ReadBlindAnswer(const json& body) {
  const Fields fields = TRY(Fields::OfVersion(body, "The blinded answer", {"elements", "epoch", "proof"}));
  BlindAnswer out;
  out.epoch = TRY(ReadEpoch(fields));
  out.evaluation.elements = TRY(ReadElements(fields));
  const auto proof = VoprfProof::From(TRY(ReadBase64(fields, "proof", VoprfProof::kSize)));
  if (!proof) return fields.Wrong("proof", "64 bytes");
  out.evaluation.proof = *proof;
  return out;
}

Bytes JoinElements(std::span<const GroupElement> elements) {
  Bytes out;
  out.reserve(elements.size() * GroupElement::kSize);
  for (const GroupElement& element : elements) out.insert(out.end(), element.bytes.begin(), element.bytes.end());
  return out;
}

Result<std::vector<GroupElement>> SplitElements(ByteView bytes) {
  if (bytes.empty() || bytes.size() % GroupElement::kSize != 0 ||
      bytes.size() > kBlindElementsMax * GroupElement::kSize)
    return Fail(Code::kInvalid, "One blinded question holds 1 to " + std::to_string(kBlindElementsMax) +
                                    " whole elements; ask in parts.");
  std::vector<GroupElement> out(bytes.size() / GroupElement::kSize);
  for (size_t i = 0; i < out.size(); ++i)
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * GroupElement::kSize), GroupElement::kSize,
                out[i].bytes.begin());
  if (!std::ranges::all_of(out, IsElement))
    return Fail(Code::kInvalid, "An element is none of the group; make the question anew.");
  return out;
}

json HitsJson(const std::vector<crosscheck::HitNoHit>& hits) {
  json out = json::array();
  for (const crosscheck::HitNoHit& hit : hits)
    out.push_back({{"hit", hit.hit}, {"type", hit.type}, {"owner", hit.owner}, {"contact", hit.contact}});
  return out;
}

Result<Handled> HandleHitTags(House&, Transaction& transaction, const Permit&, const ReceivedMessage& message) {
  const rows::TagPartRow part = TRY(ReadTagPart(message));
  const auto before = TRY(rows::KeyOfEpoch(transaction.db(), part.authority, part.epoch));
  if (before && *before != part.public_key)
    return Fail(Code::kConflict, "Tags of this epoch came under another key before; one week has one key.");
  TRY(rows::InsertTagPart(transaction, part));
  const auto whole = TRY(rows::NewestTags(transaction.db(), part.authority, part.epoch));
  if (whole) TRY(rows::RemoveOlderTags(transaction, *whole));
  return Handled{.facts = {{"epoch", part.epoch}, {"part", part.part}, {"parts", part.part_count}}};
}

Result<Handled> HandleBlindQuery(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message) {
  const rows::BlindedRow question = TRY(ReadBlinded(message));
  TRY(CheckHitGateway(house, message.from, message.received));
  const auto published = TRY(rows::FindEpoch(transaction.db(), message.from, question.epoch));
  const auto key = LoadHitKey(house, message.from, question.epoch);
  if (!published || !key || key->public_key() != published->public_key)
    return Fail(Code::kNotFound, "No tags of that epoch are in force for you here; ask on newer tags.");
  const std::vector<GroupElement> elements = TRY(SplitElements(question.elements));
  const auto count = static_cast<int64_t>(elements.size());
  const std::string day = DateText(message.received);
  TRY(TakeFromQuota(
      transaction,
      {.authority = message.from, .officer = question.officer, .received = message.received, .count = count}));
  TRY(rows::InsertBlinded(transaction, question));
  TRY(rows::CountBlindAsked(transaction, message.from, day, count));
  const Evaluation evaluation = TRY(key->Evaluate(elements, house.env().random));
  OutgoingMessage answer{.to = message.from, .kind = MessageKind::kHitAnswer};
  answer.body = {{"version", kBodyVersion},
                 {"epoch", question.epoch},
                 {"elements", ToBase64(JoinElements(evaluation.elements))},
                 {"proof", ToBase64(evaluation.proof.view())}};
  answer.idempotency_key = message.id;
  answer.in_reply_to = message.id;
  answer.labels = OwnLabelsTo(house, message.from, "cross_check");
  answer.labels.handling = {HandlingCode::kH2};
  TRY(exchange::Post(transaction, permit, house.ids(), answer));
  return Handled{};  // the receipt says nothing: there is nothing that this house could say
}

Result<Handled> HandleBlindAnswer(House&, Transaction& transaction, const Permit&, const ReceivedMessage& message) {
  const BlindAnswer answer = TRY(ReadBlindAnswer(message.body));
  Database& db = transaction.db();
  const auto ask = TRY(rows::FindAsk(db, message.from, message.in_reply_to));
  if (!ask) return Fail(Code::kNotFound, "This node asked " + message.from + " nothing of that id.");
  if (ask->answered_at) return Fail(Code::kConflict, "The question was answered before.");
  if (answer.epoch != ask->epoch)
    return Fail(Code::kInvalid, "The blinded answer is of another epoch than was asked in.");
  std::vector<rows::ItemRow> items;
  TRY(rows::EachItem(db, *ask, [&](const rows::ItemRow& item) -> Status {
    items.push_back(item);
    return {};
  }));
  std::vector<GroupElement> blinded;
  for (const rows::ItemRow& item : items) blinded.push_back(item.element);
  TRY(VerifyEvaluation(ask->public_key, blinded, answer.evaluation));
  const auto set = TRY(rows::NewestTags(db, message.from, ask->epoch));
  if (!set) return Fail(Code::kConflict, "The tags that the question was made for are gone; it must be asked anew.");
  std::vector<Bytes> cards;
  for (const json& card : ParseJson(set->cards)) cards.push_back(TRY(FromBase64(card.get<std::string>())));
  const auto around = [&](const crosscheck::HitTag& tag) { return rows::EntriesAround(db, *set, tag.view()); };
  for (size_t i = 0; i < items.size(); ++i) {
    rows::ItemRow& item = items[i];
    if (item.value.empty()) continue;  // erased since it was asked: without its blind the answer says nothing
    const std::string input = crosscheck::BlindInputOf(item.type, item.value);
    const SecretKey blind = TRY(SecretKey::From(item.blind));
    const VoprfOutput output = TRY(TakeBlindAway(AsBytes(input), blind, answer.evaluation.elements[i]));
    item.answers = Canonical(HitsJson(TRY(crosscheck::LookUp(output, item.type, around, cards))));
    TRY(rows::MarkItem(transaction, *ask, item));
  }
  TRY(rows::MarkAnswered(transaction, *ask, message.received));
  return Handled{};
}

}  // namespace crossguard
