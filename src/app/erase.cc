#include "app/erase.h"

#include <algorithm>

#include "coordination/key.h"
#include "crypto/digest.h"
#include "model/canonical.h"
#include "register/erase_message_rows.h"
#include "register/package_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = erase_rows;
namespace kept = retention_rows;

constexpr size_t kTextMaxBytes = 4'096;  // a longer text goes with its row; nobody repeats it elsewhere as a whole

std::string Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::unexpected<Error> NotHere(const std::string& kind, const std::string& id) {
  return Fail(Code::kNotFound, "This house holds no " + kind + " '" + id + "'; name one that it holds.");
}

}  // namespace

std::string ObjectIdOf(const House& house, const EraseTarget& target) {
  return target.kind == "identifier" ? house.ids().Make<Selector>(target.type + "\n" + target.value).text() : target.id;
}

void AddErasedText(std::set<std::string>& texts, std::string_view text) {
  std::string trimmed = Trimmed(text);
  if (trimmed.size() >= Needles::kBytesMin && trimmed.size() <= kTextMaxBytes) texts.insert(std::move(trimmed));
}

Eraser::Eraser(House& house, Transaction& transaction, const Permit& permit, const RetentionRules& rules)
    : house_(house), transaction_(transaction), permit_(permit), rules_(rules) {}

Sha256 Eraser::Commitment(std::string_view value) const {
  const auto salt = house_.env().random.Take<32>();
  return HmacSha256(salt, AsBytes(value));
}

Result<size_t> Eraser::Begin(const std::string& kind, const std::string& object_id, const std::string& why,
                             std::string_view committed) {
  if (permit_.act() != Act::kErase && permit_.act() != Act::kReviewRetention)
    return Fail(Code::kDenied, "The permit is for another act; erasing needs one of its own.");
  if (!IsWhy(why)) return Fail(Code::kInvalid, "Say why: cleared, mistake, order, review_date or owner_erased.");
  One one;
  one.kind = kind;
  one.object_id = object_id;
  one.why = why;
  one.owner = house_.book().self;
  const auto salt = house_.env().random.Take<32>();
  one.salt = TRY(FixedBytes<32>::From(salt));
  // Which of several erasures of one object this is, is told by the leaf that permitted it.
  one.id = house_.ids().Make<Erasure>(kind + "\n" + object_id + "\n" + std::to_string(permit_.leaf_index())).text();
  one.key = TRY(kept::InsertErasure(transaction_, {.id = one.id,
                                                   .kind = kind,
                                                   .object_id = object_id,
                                                   .why = why,
                                                   .officer = permit_.officer(),
                                                   .counts = "{}",
                                                   .state = "begun",
                                                   .at = permit_.at(),
                                                   .commitment = MarkFor(one.salt, kind, committed)}));
  ones_.push_back(std::move(one));
  return ones_.size() - 1;
}

Status Eraser::Erase(const EraseTarget& target, const std::string& why, bool keep_files) {
  if (target.kind == "account") return EraseAccount(target.id, why, keep_files);
  if (target.kind == "contribution") return EraseContribution(target.id, why);
  if (target.kind == "file") return EraseContent(target.id, why);
  if (target.kind == "identifier") return EraseIdentifier(target, why);
  return Fail(Code::kInvalid, "What is erased is an account, a contribution, a file or an identifier.");
}

Status Eraser::AddLines(One& one, const rows::Lines& lines) {
  for (const auto& [line, count] : lines) {
    one.lines[line] += count;
    TRY(kept::AddLine(transaction_, one.key, line, count));
  }
  return {};
}

// An own case may hold what no row of this house names: its open key is a plain digest, so it goes by the value.
Status Eraser::DeleteOpenKeys(const std::string& type, const std::string& value) {
  const auto selector = FromText<SelectorType>(type);
  if (!selector) return {};
  const auto material = coordination::KeyMaterial::OfSelector(*selector, value);
  if (!material) return {};  // many people share it: it never had a key
  return rows::DeleteOpenKey(transaction_, material->OpenKey());
}

// --- Accounts -------------------------------------------------------------------------------------------------------

Status Eraser::EraseAccount(const std::string& id, const std::string& why, bool keep_files) {
  Database& db = transaction_.db();
  const auto account = TRY(rows::FindAccount(db, id));
  if (!account) return NotHere("account", id);
  if (account->service == "erased") return Fail(Code::kConflict, "Account " + id + " is erased already.");
  const std::string name = account->service + "\n" + account->esp_identifier;
  const size_t number = TRY(Begin("account", id, why, name));
  TRY(rows::EachAccountText(db, account->key, [&](std::string_view text) -> Status {
    AddErasedText(ones_[number].texts, text);
    return {};
  }));
  const auto selectors = TRY(rows::OwnSelectors(db, account->key));
  for (const rows::SelectorRow& selector : selectors) {
    AddErasedText(ones_[number].texts, selector.value);
    ones_[number].values.emplace(selector.type, selector.value);
    TRY(DeleteOpenKeys(selector.type, selector.value));
  }
  if (const auto key = coordination::KeyMaterial::OfAccount(account->service, account->esp_identifier))
    TRY(rows::DeleteOpenKey(transaction_, key->OpenKey()));
  if (!account->derived) ones_[number].values.emplace("account", name);
  TRY(NoteDocuments(number, TRY(rows::DocumentsOf(db, account->key)), &*account));
  TRY(NotePackages(ones_[number], account->key));
  const auto files = TRY(rows::OwnFiles(db, account->key));
  const auto alone = TRY(rows::ReportsNamingNobodyElse(db, account->key));
  // The row that stays is for the packages that it was in. Its own id is free for whoever comes in again.
  rows::Replacement replacement;
  replacement.id = house_.ids().Make<Account>("erased\n" + ones_[number].id).text();
  const auto unit = house_.env().random.Take<32>();
  replacement.unit = TRY(Sha256::From(unit));
  TRY(AddLines(ones_[number], TRY(rows::DeleteAccount(transaction_, *account, replacement, selectors))));
  for (const Key<Report> report : alone) TRY(rows::BlankReportTexts(transaction_, report));
  for (const rows::OwnFile& file : files) {
    // What is known as abuse is evidence, whoever uploaded it.
    if (keep_files || file.known) {
      ++ones_[number].counts["files_kept"];
    } else {
      TRY(TakeFile(ones_[number], file.item_key));
    }
  }
  accounts_.insert(account->key);
  return {};
}

// The document's persons are asked for before their rows go.
Status Eraser::NoteDocuments(size_t number, const std::set<int64_t>& items, const rows::AccountRow* account) {
  Database& db = transaction_.db();
  for (const int64_t key : items) {
    auto found = documents_.find(key);
    if (found == documents_.end()) {
      Document document{.item = TRY(rows::FindItem(db, key))};
      if (!document.item.sha256) continue;
      const auto row = TRY(package_rows::ReadDocument(db, key));
      TRY(package_rows::EachDocumentPerson(db, row, [&](const package_rows::DocumentPerson& person) -> Status {
        document.persons.insert(person.account);
        return {};
      }));
      TRY(package_rows::EachDocumentReport(db, key, [&](const package_rows::DocumentReport& report) -> Status {
        document.others = document.others || !report.taken;
        return {};
      }));
      document.others = document.others || TRY(package_rows::DocumentHasQuarantine(db, key));
      found = documents_.emplace(key, std::move(document)).first;
    }
    Document& document = found->second;
    document.ones.insert(number);
    if (account == nullptr) {
      document.values_only = true;
      continue;
    }
    const bool has_record = TRY(rows::IsMentionedIn(db, account->key, key));
    if (account->derived) {
      if (has_record) document.derived.insert(account->id);
    } else {
      document.identifiers.insert(account->esp_identifier);
      if (has_record) ++document.record_count_min;
    }
  }
  return {};
}

Status Eraser::NotePackages(One& one, Key<Account> account) {
  for (const rows::Carrier& package : TRY(rows::PackagesWith(transaction_.db(), account))) {
    const std::string sealed = "packages/sealed/" + package.id;
    if (package.left) {
      one.packages[package.authority].insert(package.id);
      TRY(rows::MarkPackageErased(transaction_, package.key, one.key, permit_.at()));
    } else {
      TRY(package_rows::Supersede(transaction_, package.key));
      operations_.insert(package.operation);
    }
    ++one.counts[package.left ? "packages_sent" : "packages_withdrawn"];
    TRY(kept::AddFile(transaction_, sealed));
    TRY(kept::AddFile(transaction_, "packages/staging/" + package.id + ".tar"));
  }
  return {};
}

// A file that was declared for nobody but the target, and the same bytes where nobody declared them.
Status Eraser::TakeFile(One& one, int64_t item_key) {
  Database& db = transaction_.db();
  std::vector<int64_t> items = {item_key};
  const rows::Item first = TRY(rows::FindItem(db, item_key));
  if (first.sha256) {
    for (const int64_t same : TRY(rows::ItemsWith(db, *first.sha256))) {
      if (same != item_key && !TRY(rows::IsDeclared(db, same))) items.push_back(same);
    }
  }
  for (const int64_t key : items) {
    TRY(AddLines(one, TRY(rows::EraseItem(transaction_, TRY(rows::FindItem(db, key)), contents_))));
    ++one.counts["files"];
  }
  return {};
}

// --- Contributions, contents, identifiers ---------------------------------------------------------------------------

Status Eraser::EraseContribution(const std::string& id, const std::string& why) {
  const auto contribution = TRY(rows::FindContribution(transaction_.db(), id));
  if (!contribution) return NotHere("contribution", id);
  const size_t number = TRY(Begin("contribution", id, why, id));
  ones_[number].owner = contribution->owner;
  std::vector<int64_t> holdings;
  TRY(rows::EachHolding(transaction_.db(), contribution->key, [&](const rows::HoldingRow& holding) -> Status {
    holdings.push_back(holding.key);
    ones_[number].values.emplace(holding.type, holding.value);
    AddErasedText(ones_[number].texts, holding.value);
    return {};
  }));
  for (const int64_t key : holdings) TRY(AddLines(ones_[number], TRY(rows::DeleteHolding(transaction_, key))));
  const auto source = house_.env().random.Take<32>();  // no digest of what was erased stays, salted or not
  return rows::BlankContribution(transaction_, contribution->key,
                                 house_.ids().Make<Contribution>("erased\n" + ones_[number].id).text(),
                                 TRY(Sha256::From(source)));
}

Status Eraser::EraseContent(const std::string& id, const std::string& why) {
  Database& db = transaction_.db();
  const auto media = TRY(rows::FindMedia(db, id));
  if (!media) return NotHere("file", id);
  const size_t number = TRY(Begin("file", id, why, media->sha256.hex()));
  for (const auto& [type, digest] : media->digests) {
    ones_[number].values.emplace(type, digest);
    ones_[number].texts.insert(digest);
  }
  for (const Key<Account> account : TRY(rows::AccountsOfMedia(db, media->key)))
    TRY(NotePackages(ones_[number], account));
  for (const int64_t item : media->items) {
    TRY(AddLines(ones_[number], TRY(rows::EraseItem(transaction_, TRY(rows::FindItem(db, item)), contents_))));
    ++ones_[number].counts["files"];
  }
  for (const int64_t archive : media->archives) {
    if (std::ranges::find(media->items, archive) != media->items.end()) continue;
    TRY(kept::AddOpen(transaction_, ones_[number].key, "archive " + std::to_string(archive),
                      "The content lies in an archive with others; erase the archive as a whole, or decide to keep it.",
                      permit_.at()));
  }
  return {};
}

Status Eraser::EraseIdentifier(const EraseTarget& target, const std::string& why) {
  Database& db = transaction_.db();
  const auto selector = TRY(rows::FindSelector(db, target.type, target.value));
  std::vector<int64_t> holdings;
  TRY(rows::EachHolding(db, 0, [&](const rows::HoldingRow& holding) -> Status {
    if (holding.type == target.type && holding.value == target.value) holdings.push_back(holding.key);
    return {};
  }));
  if (!selector && holdings.empty() && !TRY(rows::IsAsked(db, target.type, target.value)))
    return Fail(Code::kNotFound, "This house holds no such identifier; check its type and spelling.");
  const size_t number = TRY(Begin("identifier", ObjectIdOf(house_, target), why, target.type + "\n" + target.value));
  ones_[number].values.emplace(target.type, target.value);
  AddErasedText(ones_[number].texts, target.value);
  TRY(DeleteOpenKeys(target.type, target.value));
  if (selector) {
    TRY(rows::EachSelectorText(db, selector->key, [&](std::string_view text) -> Status {
      AddErasedText(ones_[number].texts, text);
      return {};
    }));
    TRY(NoteDocuments(number, TRY(rows::DocumentsOfSelector(db, selector->key)), nullptr));
    TRY(AddLines(ones_[number], TRY(rows::DeleteSelector(transaction_, selector->key))));
  }
  for (const int64_t key : holdings) TRY(AddLines(ones_[number], TRY(rows::DeleteHolding(transaction_, key))));
  return {};
}

// --- What another house asks for ------------------------------------------------------------------------------------

Status Eraser::Obey(kept::Order order, const ErasureNotice& notice) {
  Database& db = transaction_.db();
  const size_t number = TRY(Begin("notice", notice.erasure, "owner_erased", notice.erasure));
  One& one = ones_[number];
  one.owner = notice.owner;
  one.asked_by = order.sender;
  // Only what came from the sender: its own contributions, and those of the owner if the sender passed any on.
  const bool passed_on = notice.owner != order.sender && TRY(rows::PassedOn(db, order.sender, notice.owner));
  std::vector<int64_t> holdings;
  TRY(rows::EachHolding(db, 0, [&](const rows::HoldingRow& holding) -> Status {
    if (holding.owner != order.sender && !(passed_on && holding.owner == notice.owner)) return {};
    if (!notice.marks.contains(MarkFor(notice.salt, holding.type, holding.value))) return {};
    holdings.push_back(holding.key);
    one.values.emplace(holding.type, holding.value);
    AddErasedText(one.texts, holding.value);
    return {};
  }));
  for (const int64_t key : holdings) TRY(AddLines(one, TRY(rows::DeleteHolding(transaction_, key))));
  TRY(ObeyMessages(one, order, notice));
  TRY(ObeyPackages(one, order, notice));
  order.erasure = one.key;
  order.state = "partly";
  order.body = "{}";  // with salt and marks in hand a value could be guessed and tried
  return kept::SetOrder(db, order);
}

json Eraser::Answer() const {
  json out = json::array();
  for (const One& one : ones_) {
    std::set<std::string> recipients;
    for (const auto* from : {&one.packages, &one.messages}) {
      for (const auto& [recipient, ids] : *from) recipients.insert(recipient);
    }
    json counts = one.counts;
    for (const auto& [line, count] : one.lines) {
      if (count > 0) counts[line] = count;
    }
    out.push_back({{"erasure", one.id},
                   {"kind", one.kind},
                   {"object", one.object_id},
                   {"why", one.why},
                   {"counts", counts},
                   {"asked_of", recipients},
                   {"proof_salt", one.salt.hex()}});
  }
  return out;
}

}  // namespace crossguard
