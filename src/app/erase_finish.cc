// The second half of an erasure's transaction: documents, texts that speak of it, packages, notices.
#include <algorithm>

#include "app/erase.h"
#include "crypto/digest.h"
#include "exchange/post.h"
#include "model/canonical.h"
#include "package/excerpt.h"
#include "package/mask.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = erase_rows;
namespace kept = retention_rows;

// As it stands in XML and in JSON.
std::set<std::string> Spellings(const std::string& text) {
  std::set<std::string> out = {text};
  std::string xml;
  for (const char c : text) {
    if (c == '&')
      xml += "&amp;";
    else if (c == '<')
      xml += "&lt;";
    else if (c == '>')
      xml += "&gt;";
    else if (c == '"')
      xml += "&quot;";
    else
      xml += c;
  }
  out.insert(xml);
  for (const bool ascii : {false, true}) {
    const std::string quoted = json(text).dump(-1, ' ', ascii, json::error_handler_t::replace);
    out.insert(quoted.substr(1, quoted.size() - 2));
  }
  return out;
}

}  // namespace

std::string Eraser::Folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

Status Eraser::BuildNeedles() {
  std::set<std::string> texts;
  for (const One& one : ones_) {
    if (one.kind != "identifier") texts.insert(one.texts.begin(), one.texts.end());
  }
  TRY(rows::KeepOnlyUnused(transaction_.db(), texts));
  for (size_t i = 0; i < ones_.size(); ++i) {
    for (const std::string& text : ones_[i].texts) {
      // An identifier is what shall go, wherever it stands.
      if (ones_[i].kind != "identifier" && !texts.contains(text)) continue;
      for (const std::string& spelling : Spellings(text)) {
        needles_.Add(spelling);
        ones_of_[Folded(spelling)].insert(i);
      }
    }
  }
  return {};
}

// --- Documents ------------------------------------------------------------------------------------------------------

Status Eraser::LeaveOpen(const Document& document, const std::string& reason) {
  for (const size_t i : document.ones) {
    TRY(kept::AddOpen(transaction_, ones_[i].key, "document " + std::to_string(document.item.key), reason,
                      permit_.at()));
  }
  return {};
}

Status Eraser::DestroyDocument(const Document& document, const std::vector<int64_t>& items) {
  One& first = ones_[*document.ones.begin()];
  for (const int64_t key : items) {
    TRY(AddLines(first, TRY(rows::EraseItem(transaction_, TRY(rows::FindItem(transaction_.db(), key)), contents_))));
  }
  for (const size_t i : document.ones) {
    ++ones_[i].counts["documents_destroyed"];
    TRY(kept::AddDocument(transaction_, ones_[i].key,
                          {.item_key = document.item.key,
                           .outcome = "destroyed",
                           .original_commitment = Commitment(document.item.sha256->hex())}));
  }
  return {};
}

Status Eraser::MaskedDocument(const Document& document, const std::vector<int64_t>& items, std::string& text) {
  const Masking masking = MaskDocument(text, document.identifiers, needles_);
  const bool all_records = document.derived.empty() && masking.record_count >= document.record_count_min;
  if (!all_records) {
    TRY(LeaveOpen(document,
                  "Not every record of the account could be told from those of others in this document; look at it, "
                  "then erase it as a whole or decide to keep it."));
  }
  if (masking.record_count == 0 && masking.value_count == 0) return {};
  const Digests digests = TRY(house_.vault().Stage(SourceOf(AsBytes(text))));
  for (const int64_t key : items) TRY(rows::SetItemContent(transaction_, key, digests.sha256));
  contents_.push_back(*document.item.sha256);
  for (const size_t i : document.ones) {
    ++ones_[i].counts["documents_masked"];
    TRY(kept::AddDocument(transaction_, ones_[i].key,
                          {.item_key = document.item.key,
                           .outcome = "masked",
                           .record_count = masking.record_count,
                           .value_count = masking.value_count,
                           .original_commitment = Commitment(document.item.sha256->hex())}));
  }
  return {};
}

Status Eraser::TakeDocument(Document& document) {
  const std::vector<int64_t> items = TRY(rows::ItemsWith(transaction_.db(), *document.item.sha256));
  if (items.empty()) return {};  // the same bytes were done under another name
  const bool others = document.others || std::ranges::any_of(document.persons, [&](Key<Account> person) {
                        return !accounts_.contains(person);
                      });
  if (!others && !document.values_only && !document.persons.empty()) return DestroyDocument(document, items);
  if (static_cast<uint64_t>(document.item.size_bytes) > kCutDocumentMaxBytes) {
    return LeaveOpen(document, "The document is larger than can be blanked in memory (256 MiB); hand it in in parts.");
  }
  const Bytes bytes = TRY(house_.vault().Read(*document.item.sha256, kCutDocumentMaxBytes));
  std::string text(AsText(bytes));
  if (!IsUtf8(text)) {
    return LeaveOpen(document,
                     "The document is not UTF-8, so records in it cannot be told apart; look at it, then "
                     "erase it as a whole or decide to keep it.");
  }
  return MaskedDocument(document, items, text);
}

Status Eraser::TakeDocuments() {
  for (auto& [key, document] : documents_) TRY(TakeDocument(document));
  return house_.vault().Flush(transaction_);
}

// --- Texts, notices -------------------------------------------------------------------------------------------------

Status Eraser::TakeTexts() {
  std::set<std::string> stuck;
  const int64_t changed =
      TRY(rows::MaskTexts(transaction_, [&](std::string& text) { return needles_.Mask(text); }, stuck));
  if (changed > 0) ones_.front().counts["texts"] += changed;
  std::vector<std::pair<int64_t, std::string>> secrets;
  TRY(rows::EachPrivateText(transaction_.db(),
                            [&](int64_t leaf, std::string_view field, std::string_view value) -> Status {
                              if (needles_.Find(value, Needles::Where::kWords)) secrets.emplace_back(leaf, field);
                              return {};
                            }));
  for (const auto& [leaf, field] : secrets) TRY(Ledger::Erase(transaction_, leaf, field));
  if (!secrets.empty()) ones_.front().counts["ledger_values"] += static_cast<int64_t>(secrets.size());
  for (const std::string& table : stuck) {
    TRY(kept::AddOpen(transaction_, ones_.front().key, "table " + table,
                      "A rule of the register forbids to blank a text there; report this to who keeps the program.",
                      permit_.at()));
  }
  return {};
}

Status Eraser::PostNotices(One& one) {
  std::set<std::string> recipients;
  for (const auto* from : {&one.packages, &one.messages}) {
    for (const auto& [recipient, ids] : *from) {
      if (!ids.empty() && recipient != house_.book().self && recipient != one.asked_by) recipients.insert(recipient);
    }
  }
  for (const std::string& recipient : recipients) {
    ErasureNotice notice{.erasure = one.id, .owner = one.owner, .why = one.why};
    const auto salt = house_.env().random.Take<32>();
    notice.salt = TRY(FixedBytes<32>::From(salt));
    for (const auto& [type, value] : one.values) notice.marks.insert(MarkFor(notice.salt, type, value));
    notice.packages = {one.packages[recipient].begin(), one.packages[recipient].end()};
    notice.messages = {one.messages[recipient].begin(), one.messages[recipient].end()};
    if (notice.marks.size() > kMarksMax || notice.packages.size() > kNoticeIdsMax ||
        notice.messages.size() > kNoticeIdsMax) {
      TRY(kept::AddOpen(transaction_, one.key, "notice to " + recipient,
                        "It got more than one notice can name; tell it by another way, then close this.",
                        permit_.at()));
      continue;
    }
    notice.due_at = {permit_.at().micros + rules_.erasure_answer_days * kMicrosPerDay};
    Labels labels;
    labels.owner = house_.book().self;
    labels.originators = {house_.book().self};
    labels.purposes = {"facilitate_exchange"};
    labels.handling = {HandlingCode::kH0};
    labels.release_to = std::vector{recipient};
    const std::string message = TRY(exchange::Post(transaction_, permit_, house_.ids(),
                                                   {.to = recipient,
                                                    .kind = MessageKind::kErasureNotice,
                                                    .body = NoticeBody(notice),
                                                    .idempotency_key = one.id,
                                                    .in_reply_to = "",
                                                    .labels = labels,
                                                    .due_at = notice.due_at,
                                                    .attachment = ""}));
    TRY(kept::PutNotice(transaction_, {.erasure = one.key,
                                       .recipient = recipient,
                                       .message_id = message,
                                       .asked_at = permit_.at(),
                                       .due_at = notice.due_at}));
  }
  return {};
}

Status Eraser::Finish() {
  if (ones_.empty()) return {};
  TRY(BuildNeedles());
  TRY(NoteMessages());
  TRY(TakeDocuments());
  TRY(TakeAsked());
  TRY(TakeTexts());
  std::vector<Sha256> unused;
  std::ranges::sort(contents_);
  const auto same = std::ranges::unique(contents_);
  contents_.erase(same.begin(), same.end());
  for (const Sha256& content : contents_) {
    if (!TRY(rows::ContentIsUsed(transaction_.db(), content))) unused.push_back(content);
  }
  const int64_t destroyed = TRY(house_.vault().Destroy(transaction_, unused));
  if (destroyed > 0) ones_.front().counts["contents_destroyed"] += destroyed;
  if (!accounts_.empty()) {
    for (const std::string& id : TRY(rows::SupersededPackages(transaction_.db()))) {
      TRY(kept::AddFile(transaction_, "packages/sealed/" + id));
      TRY(kept::AddFile(transaction_, "packages/staging/" + id + ".tar"));
    }
  }
  for (One& one : ones_) {
    TRY(PostNotices(one));
    json counts = one.counts;
    for (const auto& [line, count] : one.lines) {
      if (count > 0) counts[line] = count;
    }
    TRY(kept::SetErasure(transaction_, one.key, "begun", Canonical(counts)));
  }
  return {};
}

}  // namespace crossguard
