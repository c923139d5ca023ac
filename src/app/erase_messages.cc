// What messages between nodes hold of an erased value: those sent, questions of both sides, and what came from who now
// asks for it to be erased.
#include <algorithm>

#include "app/erase.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "register/erase_message_rows.h"
#include "selectors/mine.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = erase_rows;
namespace kept = retention_rows;

// Too short to be sought as a text (base/needles.h): found only where it stands with its type.
using ShortValues = std::map<std::pair<std::string, std::string>, std::set<size_t>>;

// Empties them in every {"type", "value"} of a body, at whatever depth: what the exchange takes in is bounded there.
void BlankTyped(json& node, const ShortValues& values, std::set<size_t>& ones) {
  if (!node.is_structured()) return;
  if (node.is_object() && node.contains("type") && node.contains("value") && node["type"].is_string() &&
      node["value"].is_string()) {
    const auto found = values.find({node["type"].get<std::string>(), node["value"].get<std::string>()});
    if (found != values.end()) {
      ones.insert(found->second.begin(), found->second.end());
      node["value"] = "";
    }
  }
  for (json& below : node) BlankTyped(below, values, ones);
}

}  // namespace

Status Eraser::NoteMessages() {
  ShortValues short_values;
  for (size_t i = 0; i < ones_.size(); ++i) {
    for (const auto& value : ones_[i].values) {
      if (value.second.size() < Needles::kBytesMin) short_values[value].insert(i);
    }
  }
  std::vector<std::pair<std::string, std::string>> changed;
  std::multimap<std::string, std::string> carried;  // id of a message -> of the carriages that took it
  TRY(rows::EachSent(transaction_.db(), [&](const rows::Sent& sent) -> Status {
    if (sent.kind == Text(MessageKind::kErasureNotice) || sent.kind == Text(MessageKind::kErasureReceipt)) return {};
    if (sent.kind == Text(MessageKind::kCarriage)) {
      const json body = ParseJson(sent.body);
      if (body.value("origin", "") == house_.book().self) carried.emplace(body.value("id", ""), sent.id);
      return {};
    }
    std::set<size_t> ones;
    if (!short_values.empty()) {
      json body = ParseJson(sent.body);
      BlankTyped(body, short_values, ones);
      if (!ones.empty()) changed.emplace_back(sent.id, Canonical(body));
    }
    for (auto found = needles_.Find(sent.body, Needles::Where::kWords); found;
         found = needles_.Find(sent.body, Needles::Where::kWords, found->at + 1)) {
      const auto of = ones_of_.find(Folded(std::string_view(sent.body).substr(found->at, found->size_bytes)));
      if (of != ones_of_.end()) ones.insert(of->second.begin(), of->second.end());
    }
    for (size_t i = 0; i < ones_.size(); ++i) {
      const auto& packages = ones_[i].packages[sent.recipient];
      if (std::ranges::any_of(packages, [&](const std::string& id) { return sent.attachment.ends_with("/" + id); }))
        ones.insert(i);
    }
    for (const size_t i : ones) {
      ones_[i].messages[sent.recipient].insert(sent.id);
      ++ones_[i].counts["messages_sent"];
    }
    if (!ones.empty()) TRY(kept::AddFile(transaction_, "exchange/out/" + sent.id));
    return {};
  }));
  // The parcel lies with its carriage too, sealed to the one at the end.
  for (const One& one : ones_) {
    for (const auto& [recipient, messages] : one.messages) {
      for (const std::string& id : messages) {
        if (carried.contains(id))
          TRY(kept::AddFile(transaction_, "exchange/carried/out/" + house_.book().self + "/" + id));
        for (auto [at, end] = carried.equal_range(id); at != end; ++at)
          TRY(kept::AddFile(transaction_, "exchange/out/" + at->second));
      }
    }
  }
  for (const auto& [id, body] : changed) TRY(rows::SetSentBody(transaction_, id, body));
  return {};
}

// Questions about a value that somebody else's report or holding still shows are about that one too, and stay; unless
// it is the identifier itself that shall go.
Status Eraser::TakeAsked() {
  rows::Values values;
  for (const One& one : ones_) {
    for (const auto& [type, value] : one.values) {
      if (type == "account") continue;
      if (one.kind == "identifier" || !TRY(rows::IsHeld(transaction_.db(), type, value))) values.emplace(type, value);
    }
  }
  const int64_t count = TRY(rows::BlankAsked(transaction_, values));
  if (count > 0) ones_.front().counts["questions"] += count;
  return {};
}

// The sender names the messages that carried it. Their selectors are known by their marks; their free texts go whole,
// since a name in them bears no mark. What is found in them so is sought in the answers too.
Status Eraser::ObeyMessages(One& one, const kept::Order& order, const ErasureNotice& notice) {
  Database& db = transaction_.db();
  const auto is_meant = [&](std::string_view type, const std::string& value) {
    if (!notice.marks.contains(MarkFor(notice.salt, type, value))) return false;
    one.values.emplace(type, value);
    AddErasedText(one.texts, value);
    return true;
  };
  for (const std::string& message : notice.messages) {
    TRY(rows::EachReceivedSelector(db, order.sender, message,
                                   [&](std::string_view type, std::string_view value) -> Status {
                                     is_meant(type, std::string(value));
                                     return {};
                                   }));
    TRY(rows::EachReceivedText(db, order.sender, message, [&](std::string_view text) -> Status {
      for (const MinedSelector& mined : Mine(text).found) {
        if (is_meant(Text(mined.type), mined.value)) AddErasedText(one.texts, mined.raw);
      }
      return {};
    }));
    const int64_t texts = TRY(rows::BlankReceivedTexts(transaction_, order.sender, message));
    if (texts > 0) one.counts["texts"] += texts;
    TRY(rows::ShutOut(transaction_, order.sender, message, permit_.at()));
    TRY(kept::AddFile(transaction_, "exchange/in/" + order.sender + "/" + message));
    ++one.counts["messages"];
  }
  return {};
}

// A sealed package cannot be cut. One that this house has not accepted goes whole; the others in it come again when
// the sender composes anew. One that it accepted belongs to a case of its own, and an officer decides.
Status Eraser::ObeyPackages(One& one, const kept::Order& order, const ErasureNotice& notice) {
  for (const std::string& package : notice.packages) {
    const auto found = TRY(rows::FindReceived(transaction_.db(), order.sender, package));
    if (!found) continue;
    if (found->decision == "accept") {
      TRY(kept::AddOpen(transaction_, one.key, "package " + package,
                        "A case of this house rests on this package; decide by its own law whether it is kept, then "
                        "close this.",
                        permit_.at()));
      continue;
    }
    TRY(rows::MarkReceivedErased(transaction_, order.sender, package, permit_.at()));
    TRY(kept::AddFile(transaction_, found->folder));
    ++one.counts["packages"];
  }
  return {};
}

}  // namespace crossguard
