#include "app/blind_desk.h"

#include <algorithm>

#include "app/act.h"
#include "app/blind_keys.h"
#include "app/mail_blind.h"
#include "app/mail_request.h"
#include "app/post_desk.h"
#include "crypto/digest.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "model/fields.h"
#include "register/blind_rows.h"
#include "selectors/normalise.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = blind_rows;

constexpr size_t kOpeningMaxBytes = size_t{4} * 1024 * 1024;

// The holder gets this and no case number; with the nonce the asker can show what it stood for.
Sha256 CommitTo(const std::string& case_text, const FixedBytes<32>& nonce) {
  Bytes text(nonce.bytes.begin(), nonce.bytes.end());
  text.insert(text.end(), case_text.begin(), case_text.end());
  return HashSha256(text);
}

Status EachToTell(House& house, const std::string& to, const std::function<Status(const crosscheck::Tellable&)>& tell) {
  const std::string self = house.book().self, contact = ContactOf(house);
  return rows::EachTellable(house.db(), self, to, [&](const rows::TellableRow& row) -> Status {
    const bool own = row.owner.empty();
    return tell({.type = row.type,
                 .value = row.value,
                 .owner = own ? std::string_view(self) : row.owner,
                 .contact = own ? std::string_view(contact) : row.contact});
  });
}

// Names what may be told, so that the same is not published twice. Under the key: the register alone cannot be searched
// for guesses with it.
Result<Sha256> MacOfContent(House& house, const std::string& to, const VoprfKey& key) {
  Sha256Stream digest;
  TRY(EachToTell(house, to, [&](const crosscheck::Tellable& one) -> Status {
    for (const std::string_view text : {one.type, one.value, one.owner, one.contact}) {
      digest.Update(AsBytes(std::to_string(text.size()) + ":"));
      digest.Update(AsBytes(text));
    }
    return {};
  }));
  return HmacSha256(key.reveal(), digest.Finish().view());
}

std::vector<json> Bodies(const crosscheck::TagSet& set, const rows::EpochRow& epoch) {
  const size_t part_bytes = kTagsPerPart * crosscheck::kTagEntryBytes;
  const size_t parts = (set.entries.size() + part_bytes - 1) / part_bytes;
  std::vector<json> out;
  for (size_t part = 0; part < parts; ++part) {
    const size_t at = part * part_bytes;
    json cards = json::array();
    if (part == 0) {
      for (const Bytes& card : set.cards) cards.push_back(ToBase64(card));
    }
    out.push_back(
        {{"version", kBodyVersion},
         {"format", kHitTagsFormat},
         {"epoch", epoch.epoch},
         {"public_key", ToBase64(epoch.public_key.view())},
         {"made", ToText(epoch.made_at)},
         {"part", part},
         {"parts", parts},
         {"cards", std::move(cards)},
         {"entries", ToBase64(ByteView(set.entries).subspan(at, std::min(part_bytes, set.entries.size() - at)))}});
  }
  return out;
}

Status CheckOther(const House& house, const std::string& authority) {
  if (house.book().Find(authority) == nullptr || authority == house.book().self)
    return Fail(Code::kNotFound, "'" + authority + "' is no other authority of the authority book.");
  return {};
}

json Published(const rows::EpochRow& epoch, size_t messages) {
  return {{"to", epoch.authority},
          {"epoch", epoch.epoch},
          {"entries", epoch.entry_count},
          {"public_key", ToBase64(epoch.public_key.view())},
          {"messages", messages}};
}

struct MadeQuestion {
  std::vector<rows::ItemRow> items;
  Bytes elements;
};

Result<MadeQuestion> Make(House& house, const BlindQuestion& question) {
  constexpr size_t kSelectorsMax = std::min<size_t>(kBlindElementsMax, kHitQueriesPerOfficerMax);
  if (question.selectors.empty() || question.selectors.size() > kSelectorsMax)
    return Fail(Code::kInvalid, "One blinded question of an officer holds 1 to " + std::to_string(kSelectorsMax) +
                                    " selectors; ask in parts, on several days.");
  MadeQuestion out;
  for (const std::string& text : question.selectors) {
    const AskedSelector selector = TRY(SelectorFromText(text));
    const BlindedInput blinded =
        TRY(BlindInput(AsBytes(crosscheck::BlindInputOf(selector.type, selector.value)), house.env().random));
    out.items.push_back({.place = static_cast<int64_t>(out.items.size()),
                         .type = selector.type,
                         .value = selector.value,
                         .blind = ToBytes(blinded.blind.reveal()),
                         .element = blinded.element});
    out.elements.insert(out.elements.end(), blinded.element.bytes.begin(), blinded.element.bytes.end());
  }
  return out;
}

// What was erased since it was asked opens no more; the asker's tombstone says that it was.
bool IsErased(const json& item) {
  return item == json{{"type", ""}, {"value", ""}, {"blind", ""}};
}

// Each item of the opening belongs to the element at its place.
Status CheckItems(const json& items, ByteView elements) {
  if (items.size() * GroupElement::kSize != elements.size())
    return Fail(Code::kCorrupt, "The opening does not open every element of the question; ask for a whole one.");
  for (size_t i = 0; i < items.size(); ++i) {
    if (IsErased(items[i])) continue;
    const Fields item = TRY(Fields::Of(items[i], "An item of the opening", {"blind", "type", "value"}));
    Bytes blind_bytes = TRY(FromHex(TRY(item.Line("blind", 64))));
    const SecretKey blind = TRY(SecretKey::From(blind_bytes));
    const std::string input =
        crosscheck::BlindInputOf(TRY(item.Line("type", 32)), TRY(item.Line("value", kSelectorRawMax)));
    const GroupElement element =
        TRY(GroupElement::From(elements.subspan(i * GroupElement::kSize, GroupElement::kSize)));
    if (!IsBlindOf(element, AsBytes(input), blind))
      return Fail(Code::kCorrupt, "Item " + std::to_string(i) + " of the opening is not what was asked.");
  }
  return {};
}

}  // namespace

Result<json> PublishTags(House& house, const Actor& actor, const std::string& to) {
  TRY(CheckOther(house, to));
  const Instant now = house.env().clock.Now();
  TRY(CheckHitGateway(house, to, now));
  TRY(DestroyOldHitKeys(house));
  rows::EpochRow epoch{.authority = to, .epoch = HitEpochAt(now), .made_at = now};
  const VoprfKey key = TRY(MakeOrLoadHitKey(house, to, epoch.epoch));
  epoch.public_key = key.public_key();
  epoch.content_mac = TRY(MacOfContent(house, to, key));
  const auto last = TRY(rows::FindEpoch(house.db(), to, epoch.epoch));
  if (last && last->public_key != epoch.public_key)
    return Fail(Code::kCorrupt, "The key under which this week's tags went to " + to +
                                    " is gone; restore keys/hits, or publish in the next week.");
  if (last && last->content_mac == epoch.content_mac) return Published(*last, 0);
  crosscheck::TagSetMaker maker(key, house.env().random);
  TRY(EachToTell(house, to, [&](const crosscheck::Tellable& one) { return maker.Add(one); }));
  const crosscheck::TagSet set = TRY(maker.Finish());
  epoch.entry_count = static_cast<int64_t>(set.entries.size() / crosscheck::kTagEntryBytes);
  const std::vector<json> bodies = Bodies(set, epoch);

  Transaction transaction = TRY(Transaction::Begin(house.db()));
  // The week's key is bound by the ledger before the first answer under it.
  const Permit permit = TRY(Pass(house, transaction, actor, Act::kSendMessages, to,
                                 {{"hit_epoch", epoch.epoch},
                                  {"hit_public_key", epoch.public_key.hex()},
                                  {"entries", epoch.entry_count},
                                  {"entries_sha256", HashSha256(set.entries).hex()}}));
  for (const json& body : bodies) {
    OutgoingMessage message{.to = to, .kind = MessageKind::kContribution};
    message.body = body;
    message.idempotency_key = HashSha256(AsBytes(Canonical(body))).hex();
    message.labels = OwnLabelsTo(house, to, "cross_check");
    message.labels.handling = {HandlingCode::kH2};
    TRY(exchange::Post(transaction, permit, house.ids(), message));
  }
  TRY(rows::PutEpoch(transaction, epoch));
  TRY(Finish(house, transaction));
  return Published(epoch, bodies.size());
}

Result<json> AskBlind(House& house, const Actor& actor, const BlindQuestion& question) {
  TRY(CheckOther(house, question.to));
  if (question.case_number.empty() || question.legal_basis.empty())
    return Fail(Code::kInvalid, "Say for which case and on which legal basis: --case and --legal-basis.");
  const Instant now = house.env().clock.Now();
  const auto tags = TRY(rows::NewestTags(house.db(), question.to, std::nullopt));
  if (!tags)
    return Fail(Code::kNotFound, question.to + " has published no tags to this node; ask it for them, or ask openly.");
  if (tags->epoch < HitEpochAt(now) - 1)
    return Fail(Code::kConflict, "The week of the tags of " + question.to + " is over; wait for newer ones.");
  MadeQuestion made = TRY(Make(house, question));
  rows::AskRow ask{.authority = question.to,
                   .epoch = tags->epoch,
                   .public_key = tags->public_key,
                   .case_text = question.case_number,
                   .case_nonce = {house.env().random.Take<32>()},
                   .legal_basis = question.legal_basis};
  OutgoingMessage message{.to = question.to, .kind = MessageKind::kHitQuery};
  message.body = {{"version", kBodyVersion},
                  {"epoch", ask.epoch},
                  {"case", CommitTo(ask.case_text, ask.case_nonce).hex()},
                  {"legal_basis", ask.legal_basis},
                  {"officer", OfficerTo(house, actor.officer, question.to, now)},
                  {"elements", ToBase64(made.elements)}};
  message.idempotency_key = HashSha256(made.elements).hex();
  message.labels = OwnLabelsTo(house, question.to, "cross_check");
  message.due_at = Instant{now.micros + kMicrosPerDay};
  const Ask permission{.act = Act::kAskInformation,
                       .officer = actor.officer,
                       .object_id = question.to,
                       .reason = actor.reason,
                       .details_json = Canonical(json{{"blinded", made.items.size()}})};
  const std::string id = TRY(PostAs(house, permission, message,
                                    [&](Transaction& transaction, const Permit& permit, const std::string& message_id) {
                                      ask.message_id = message_id;
                                      ask.asked_at = permit.at();
                                      Status done = rows::InsertAsk(transaction, ask);
                                      for (const rows::ItemRow& item : made.items) {
                                        if (done) done = rows::InsertItem(transaction, ask, item);
                                      }
                                      return done;
                                    }));
  return json{{"query", id}, {"to", question.to}, {"epoch", ask.epoch}, {"selectors", made.items.size()}};
}

Status EachBlindHit(House& house, const std::function<void(json)>& on_hit) {
  std::vector<rows::AskRow> asks;
  TRY(rows::EachAsk(house.db(), [&](const rows::AskRow& ask) -> Status {
    asks.push_back(ask);
    return {};
  }));
  for (const rows::AskRow& ask : asks) {
    TRY(rows::EachItem(house.db(), ask, [&](const rows::ItemRow& item) -> Status {
      on_hit({{"query", ask.message_id},
              {"to", ask.authority},
              {"type", item.type},
              {"value", item.value},
              {"asked", ToText(ask.asked_at)},
              {"answered", ask.answered_at ? json(ToText(*ask.answered_at)) : json()},
              {"blinded", true},
              {"hits", ParseJson(item.answers)}});
      return {};
    }));
  }
  return {};
}

Result<json> OpenQuestion(House& house, const Actor& actor, const std::string& id) {
  std::optional<rows::AskRow> found;
  TRY(rows::EachAsk(house.db(), [&](const rows::AskRow& ask) -> Status {
    if (ask.message_id == id) found = ask;
    return {};
  }));
  if (!found) return Fail(Code::kNotFound, "No blinded question " + id + " was asked; see `crossguard hit list`.");
  json items = json::array();
  TRY(rows::EachItem(house.db(), *found, [&](const rows::ItemRow& item) -> Status {
    items.push_back(
        {{"type", item.value.empty() ? "" : item.type}, {"value", item.value}, {"blind", ToHex(item.blind)}});
    return {};
  }));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kShowRecord, id, {{"opened", items.size()}}));
  TRY(Finish(house, transaction));
  return json{{"version", kBodyVersion},
              {"from", house.book().self},
              {"query", id},
              {"case", found->case_text},
              {"case_nonce", found->case_nonce.hex()},
              {"items", std::move(items)}};
}

Result<json> CheckOpening(House& house, const Actor& actor, const std::string& path) {
  const json opening = ParseJson(TRY(house.env().files.ReadWhole(path, kOpeningMaxBytes)));
  const Fields fields =
      TRY(Fields::OfVersion(opening, "The opening", {"case", "case_nonce", "from", "items", "query"}));
  const std::string from = TRY(fields.Authority("from")), id = TRY(fields.MessageId("query"));
  const Sha256 nonce = TRY(fields.Digest("case_nonce"));
  const auto asked = TRY(rows::FindBlinded(house.db(), from, id));
  if (!asked) return Fail(Code::kNotFound, "No blinded question " + id + " came from " + from + ".");
  if (CommitTo(TRY(fields.Line("case")), nonce) != asked->case_commitment)
    return Fail(Code::kCorrupt, "The case of the opening is not the one that the question was bound to.");
  const json& items = *TRY(fields.List("items", kBlindElementsMax));
  TRY(CheckItems(items, asked->elements));
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  TRY(Pass(house, transaction, actor, Act::kShowRecord, id, {{"audited", items.size()}}));
  TRY(Finish(house, transaction));
  return json{{"query", id},
              {"from", from},
              {"epoch", asked->epoch},
              {"received", ToText(asked->received_at)},
              {"selectors", items.size()},
              {"erased", std::ranges::count_if(items, IsErased)},
              {"opens", true}};
}

}  // namespace crossguard
