#include "crosscheck/holdings.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/public_id.h"
#include "model/canonical.h"
#include "model/json_stream.h"
#include "model/words.h"
#include "register/crosscheck_rows.h"
#include "selectors/normalise.h"

namespace crossguard::crosscheck {
namespace {

namespace rows = crosscheck_rows;

struct Item {
  std::string type, value, category, ref;
  bool readable = true;
};
struct Labels {
  std::string format, owner, purpose, handling_text, grade, contact;
  std::vector<std::string> handling;
};

// Root members are labels; the objects of root `items[]` are items. The order of members does not matter.
class HoldingsHandler final : public JsonHandler {
 public:
  using OnItem = std::function<Status(const Item&)>;
  HoldingsHandler(Labels& labels, OnItem on_item) : labels_(labels), on_item_(std::move(on_item)) {}
  bool saw_items() const { return saw_items_; }

  Status StartObject() override {
    ++depth_;
    if (depth_ == 3 && in_items_) item_ = {};
    return {};
  }
  Status EndObject() override {
    --depth_;
    return depth_ == 2 && in_items_ ? on_item_(item_) : Status();
  }
  Status StartArray() override {
    if (depth_ == 2 && in_items_) TRY(on_item_({.readable = false}));
    ++depth_;
    if (depth_ != 2) return {};
    in_items_ = key_ == "items";
    in_handling_ = key_ == "handling";
    saw_items_ = saw_items_ || in_items_;
    return {};
  }
  Status EndArray() override {
    --depth_;
    if (depth_ == 1) in_items_ = in_handling_ = false;
    return {};
  }
  Status Key(std::string_view name) override {
    key_ = std::string(name.substr(0, 64));
    return {};
  }
  Status Text(std::string_view value, bool cut) override {
    if (depth_ == 1) {
      if (cut || value.size() > kHoldingTextMaxBytes)
        return Fail(Code::kInvalid, "A label of the holdings is too long; shorten it.");
      static const std::array<std::pair<std::string_view, std::string Labels::*>, 6> kLabels{
          {{"format", &Labels::format},
           {"owner", &Labels::owner},
           {"purpose", &Labels::purpose},
           {"handling_text", &Labels::handling_text},
           {"grade", &Labels::grade},
           {"contact", &Labels::contact}}};
      for (const auto& [name, field] : kLabels) {
        if (key_ == name) labels_.*field = std::string(value);
      }
    } else if (depth_ == 2 && in_handling_) {
      if (labels_.handling.size() >= 16) return Fail(Code::kInvalid, "The holdings name too many handling codes.");
      labels_.handling.emplace_back(value);
    } else if (depth_ == 2 && in_items_) {
      return on_item_({.readable = false});
    } else if (depth_ == 3 && in_items_) {
      if (cut || value.size() > kHoldingTextMaxBytes) item_.readable = false;
      if (key_ == "type") item_.type = std::string(value);
      if (key_ == "value") item_.value = std::string(value);
      if (key_ == "category") item_.category = std::string(value);
      if (key_ == "ref") item_.ref = std::string(value);
    }
    return {};
  }
  Status Number(std::string_view digits) override { return Other(digits); }
  Status Bool(bool value) override { return Other(value ? "true" : "false"); }
  Status Null() override { return Other(""); }

 private:
  Status Other(std::string_view text) {
    if (depth_ == 2 && in_items_) return on_item_({.readable = false});
    if (depth_ == 3 && in_items_) return Text(text, false);
    return {};
  }

  Labels& labels_;
  OnItem on_item_;
  std::string key_;
  size_t depth_ = 0;
  bool in_items_ = false;
  bool in_handling_ = false;
  bool saw_items_ = false;
  Item item_;
};

constexpr std::array<std::pair<std::string_view, size_t>, 4> kDigests{
    {{"md5", 16}, {"sha1", 20}, {"sha256", 32}, {"pdq", 32}}};
constexpr std::array<std::string_view, 3> kEmptyFile{
    "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};

// The value as it is compared, or why the item is refused.
std::expected<std::string, std::string> Admit(const Item& item) {
  if (!item.readable) return std::unexpected("unreadable");
  const auto category = FromText<DataSubjectCategory>(item.category);
  if (!category) return std::unexpected("category_unknown");
  // Regulation (EU) 2016/794, Annex II.A: nobody else may stand in a cross-check index.
  if (*category != DataSubjectCategory::kSuspect && *category != DataSubjectCategory::kConvicted &&
      *category != DataSubjectCategory::kPotentialFuture) {
    return std::unexpected("category_" + item.category);
  }
  for (const auto& [type, size_bytes] : kDigests) {
    if (item.type != type) continue;
    const auto digest = FromHex(item.value);
    if (!digest || digest->size() != size_bytes) return std::unexpected("bad_value");
    std::string hex = ToHex(*digest);
    if (std::find(kEmptyFile.begin(), kEmptyFile.end(), hex) != kEmptyFile.end()) return std::unexpected("empty_file");
    return hex;
  }
  const auto type = FromText<SelectorType>(item.type);
  if (!type) return std::unexpected("unknown_type");
  auto value = Normalise(*type, item.value);
  if (!value) return std::unexpected("bad_value");
  return std::move(*value);
}

bool IsGrade(std::string_view grade) {
  return grade.size() == 2 && std::string_view("ABCX").find(grade[0]) != std::string_view::npos && grade[1] >= '1' &&
         grade[1] <= '4';
}

Status ReadLabels(const Labels& labels, rows::ContributionRow& contribution) {
  if (labels.format != "crossguard-holdings/1")
    return Fail(Code::kInvalid,
                "The file does not say format 'crossguard-holdings/1'; give a contribution of holdings.");
  if (labels.owner.empty() || labels.contact.empty())
    return Fail(Code::kInvalid, "The holdings name no owner or no contact; a hit could not be answered.");
  if (labels.purpose != "cross_check")
    return Fail(Code::kInvalid, "The holdings are not given for the purpose 'cross_check'; ask their owner.");
  std::vector<std::string> codes = labels.handling;
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  if (codes.empty()) return Fail(Code::kInvalid, "The holdings bear no handling code; ask their owner for H0 to H3.");
  for (const std::string& code : codes) {
    if (!FromText<HandlingCode>(code))
      return Fail(
          Code::kInvalid,
          "The holdings bear a handling code that is not H0 to H3; a label that cannot be read cannot be obeyed.");
    if (code == "H3" && labels.handling_text.empty())
      return Fail(Code::kInvalid, "The holdings bear H3 without its text; ask their owner for it.");
  }
  for (const std::string* text : {&labels.owner, &labels.contact, &labels.handling_text}) {
    if (text->find('\0') != std::string::npos) return Fail(Code::kInvalid, "A label of the holdings is not text.");
  }
  contribution.owner = labels.owner;
  contribution.purpose = labels.purpose;
  contribution.handling_json = Canonical(codes);
  contribution.handling_text = labels.handling_text;
  contribution.grade = IsGrade(labels.grade) ? labels.grade : "X4";  // not assessed
  contribution.contact = labels.contact;
  return {};
}

Result<ImportedContribution> Summary(Database& db, const rows::ContributionRow& contribution) {
  ImportedContribution out{.key = contribution.key,
                           .id = contribution.id,
                           .owner = contribution.owner,
                           .grade = contribution.grade,
                           .item_count = contribution.item_count,
                           .taken_count = contribution.taken_count,
                           .refused_count = contribution.refused_count};
  TRY(rows::EachRefusal(db, contribution.key, [&](std::string_view reason, int64_t count) -> Status {
    out.refusals[std::string(reason)] = count;
    return {};
  }));
  return out;
}

}  // namespace

Result<ImportedContribution> ImportContribution(Transaction& transaction, const Permit& permit, const IdMaker& ids,
                                                ByteView bytes) {
  CHECK(permit.act() == Act::kImportContribution);
  if (bytes.size() > kHoldingsMaxBytes)
    return Fail(Code::kExhausted, "The holdings are larger than 1 GiB; split them.");
  Database& db = transaction.db();
  const Sha256 digest = HashSha256(bytes);
  if (const auto known = TRY(rows::FindContributionBySource(db, digest)); known) {
    ImportedContribution again = TRY(Summary(db, *known));
    again.already_imported = true;
    return again;
  }
  rows::ContributionRow contribution;
  contribution.id = ids.Make<Contribution>(digest.hex());
  contribution.source_sha256 = digest;
  contribution.imported_at = permit.at();
  contribution.handling_json = "[]";
  contribution.key = TRY(rows::InsertContribution(db, contribution));

  std::map<std::string, int64_t> refusals;
  Labels labels;
  HoldingsHandler handler(labels, [&](const Item& item) -> Status {
    if (++contribution.item_count > static_cast<int64_t>(kHoldingItemsMax)) {
      return Fail(Code::kExhausted,
                  "The holdings have more than " + std::to_string(kHoldingItemsMax) + " items; split them.");
    }
    const auto value = Admit(item);
    if (!value) {
      ++refusals[value.error()];
    } else if (TRY(rows::InsertHolding(db, {.contribution = contribution.key,
                                            .type = item.type,
                                            .value = *value,
                                            .category = item.category,
                                            .ref = item.ref}))) {
      ++contribution.taken_count;
    } else {
      ++refusals["duplicate"];
    }
    return {};
  });
  TRY(ReadJson(bytes, {.depth_max = 8, .token_max_bytes = kHoldingTextMaxBytes}, handler));
  TRY(ReadLabels(labels, contribution));
  if (!handler.saw_items()) return Fail(Code::kInvalid, "The holdings have no list of items.");
  for (const auto& [reason, count] : refusals) {
    contribution.refused_count += count;
    TRY(rows::InsertRefusal(db, contribution.key, reason, count));
  }
  CHECK(contribution.item_count == contribution.taken_count + contribution.refused_count);
  TRY(rows::UpdateContribution(db, contribution));
  return Summary(db, contribution);
}

}  // namespace crossguard::crosscheck
