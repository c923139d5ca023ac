// What a report declares of identifiers, and what hides in its texts.
#include <algorithm>

#include "intake/node.h"
#include "intake/take.h"
#include "intake/written.h"

namespace crossguard::intake {
namespace {

std::string TypeAndValue(SelectorType type, std::string_view value) {
  return std::string(Text(type)) + ' ' + std::string(value);
}

// A declared value that is none by itself may hold one all the same: "A. Example <a@mail.example>".
bool MayHoldOne(SelectorType type) {
  return type == SelectorType::kEmail || type == SelectorType::kPhone || type == SelectorType::kIp ||
         type == SelectorType::kProfileUrl;
}

}  // namespace

std::set<std::string> DeskValues(const std::vector<UnknownField>& unknown) {
  std::set<std::string> out;
  for (const UnknownField& field : unknown) {
    std::string_view path = field.path;
    if (path.starts_with("reportedInformation/")) path.remove_prefix(path.find('/') + 1);
    if (!path.starts_with("reporter/") && !path.starts_with("lawEnforcement/") && !path.starts_with("reportingEsp"))
      continue;
    for (const MinedSelector& mined : Mine(field.value).found) out.insert(TypeAndValue(mined.type, mined.value));
    for (const SelectorType type : {SelectorType::kEmail, SelectorType::kPhone, SelectorType::kProfileUrl}) {
      if (const auto value = Normalise(type, field.value)) out.insert(TypeAndValue(type, *value));
    }
  }
  return out;
}

Status Taker::TakeSelector(const Context& context, const SelectorRecord& selector, Key<rows::Mention> mention,
                           Key<FileDetails> details, const SelectorHint& hint) {
  SelectorHint own = hint;
  own.id_type = selector.id_type;
  own.calling_code = selector.calling_code;
  const WrittenAddress address = selector.type == SelectorType::kIp
                                     ? ReadAddress(selector.raw)
                                     : WrittenAddress{.address = selector.raw, .port = {}};
  const auto value = Normalise(selector.type, address.address, own);
  ++identifier_count_;
  if (!value) {
    ++refused_count_;
    if (MayHoldOne(selector.type)) TRY(MineText(context, selector.raw, selector.place, mention, details, hint));
    if (mention)
      TRY(rows::InsertValue(db_, mention, "unreadable_" + std::string(Text(selector.type)), ToValidUtf8(selector.raw),
                            item_.key, selector.place));
    return rows::AddQuarantine(db_, item_.key, selector.place, "value", value.error().message);
  }
  rows::SightingRow row;
  row.selector = TRY(rows::PutSelector(db_, Text(selector.type), *value));
  row.mention = mention;
  row.report = context.report;
  row.details = details;
  row.origin = Text(SightingOrigin::kDeclared);
  row.raw = selector.raw;
  row.at_text = selector.at_text;
  if (const auto time = ReadTimeOfOneReading(selector.at_text)) {
    row.at = time->instant;
    row.zone_known = time->zone_known;
  }
  row.port = selector.port ? selector.port : address.port;
  row.event_name = selector.event_name;
  row.possible_proxy = selector.possible_proxy;
  row.verified = selector.verified;
  row.item = item_.key;
  row.place = selector.place;
  return rows::InsertSighting(db_, row);
}

Status Taker::MineText(const Context& context, std::string_view text, const std::string& place,
                       Key<rows::Mention> mention, Key<FileDetails> details, const SelectorHint& hint) {
  if (text.empty()) return {};
  const Mined all = Mine(text, hint);
  if (all.cut)
    TRY(rows::AddQuarantine(db_, item_.key, place, "value",
                            "The text is longer, or holds more identifiers, than is searched; read its end yourself."));
  for (const MinedSelector& mined : all.found) {
    if (context.desk.contains(TypeAndValue(mined.type, mined.value)))
      continue;  // the provider's desk is nobody's contact
    ++identifier_count_;
    rows::SightingRow row;
    row.selector = TRY(rows::PutSelector(db_, Text(mined.type), mined.value));
    row.mention = mention;
    row.report = context.report;
    row.details = details;
    row.origin = Text(SightingOrigin::kMined);
    row.raw = mined.raw;
    if (mined.at) {
      row.at = mined.at->instant;
      row.zone_known = mined.at->zone_known;
    }
    row.at_text = mined.at_text;
    if (mined.port) row.port = *mined.port;
    row.item = item_.key;
    row.place = place + " byte " + std::to_string(mined.offset_bytes);
    TRY(rows::InsertSighting(db_, row));
  }
  return {};
}

// A report that came before is a duplicate, and changes nothing. One that holds more than the first did is worth a
// look.
Status Taker::CompareRepeated(const Context& context, const ReportRecord& record, Key<Report> first) {
  int64_t unseen = 0;
  for (const AccountRecord& account : record.accounts) {
    const std::string service = account.service.empty() ? context.provider : account.service;
    for (const SelectorRecord& selector : account.selectors) {
      const std::string_view raw =
          selector.type == SelectorType::kIp ? ReadAddress(selector.raw).address : std::string_view(selector.raw);
      const auto value = Normalise(
          selector.type, raw, {.service = service, .calling_code = selector.calling_code, .id_type = selector.id_type});
      if (value && !TRY(rows::ReportHasSelector(db_, first, Text(selector.type), *value))) ++unseen;
    }
  }
  if (unseen == 0) return {};
  return rows::AddQuarantine(db_, item_.key, record.place, "repeated",
                             "It came before with fewer identifiers (" + std::to_string(unseen) +
                                 " more stand here); nothing was changed, so compare the two documents.");
}

}  // namespace crossguard::intake
