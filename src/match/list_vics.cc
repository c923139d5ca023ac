#include "match/list_vics.h"

#include <map>

#include "base/time_text.h"
#include "match/schemes.h"

namespace crossguard::match {
namespace {

class VicsHandler final : public JsonHandler {
 public:
  VicsHandler(ListHeader& header, const OnRawRow& on_row) : header_(header), on_row_(on_row) {}
  bool saw_value() const { return saw_value_; }
  Instant newest() const { return newest_; }

  Status StartObject() override {
    // Directly in value[], or in value[].Media[]: a row begins. An object with a Media array of its own is a case, not
    // a row.
    const bool outer = InValue();
    const bool inner = stack_.size() == 4 && stack_[3].name == "Media" && stack_[3].array && stack_[1].name == "value";
    Push(false);
    if (outer || inner) {
      row_depth_ = stack_.size();
      row_ = {};
      row_bytes_ = 0;
      media_files_ = 0;
    } else if (InRow() && stack_.size() == row_depth_ + 2) {
      hash_name_.clear();
      hash_value_.clear();
      if (stack_[row_depth_].name == "MediaFiles") ++media_files_;
    }
    return {};
  }

  Status EndObject() override {
    Status status;
    if (InRow() && stack_.size() == row_depth_) {
      status = EndRow();
      row_depth_ = 0;
    } else if (InRow() && stack_.size() == row_depth_ + 2 && stack_[row_depth_].name == "AlternativeHashes") {
      EndHash();
    }
    stack_.pop_back();
    return status;
  }

  Status StartArray() override {
    if (InValue()) TRY(NotARecord());
    Push(true);
    if (stack_.size() == 2 && stack_[1].name == "value") saw_value_ = true;
    // A case: what was gathered of it is no row.
    if (stack_.size() == 4 && stack_[3].name == "Media" && row_depth_ == 3) row_depth_ = 0;
    return {};
  }
  Status EndArray() override {
    stack_.pop_back();
    return {};
  }
  Status Key(std::string_view name) override {
    key_ = std::string(name.substr(0, 64));
    return {};
  }
  Status Text(std::string_view value, bool cut) override { return Scalar(value, cut); }
  Status Number(std::string_view digits) override { return Scalar(digits, false); }
  Status Bool(bool value) override { return Scalar(value ? "true" : "false", false); }
  Status Null() override { return InValue() ? NotARecord() : Status(); }

 private:
  struct Level {
    std::string name;  // the key it stands under; "" in an array
    bool array = false;
  };

  void Push(bool array) {
    stack_.push_back({stack_.empty() || stack_.back().array ? "" : key_, array});
    key_.clear();
  }
  bool InRow() const { return row_depth_ != 0; }
  bool InValue() const { return stack_.size() == 2 && stack_[1].array && stack_[1].name == "value"; }

  Status NotARecord() {
    RawRow row;
    row.place = "record " + std::to_string(++record_);
    row.problem = "The record is not an object.";
    return on_row_(std::move(row));
  }

  Status Scalar(std::string_view value, bool cut) {
    if (stack_.size() == 1 && !stack_[0].array && (key_ == "@odata.context" || key_ == "odata.metadata")) {
      const SchemeName scheme = SchemeOfContext(value);
      header_.scheme = scheme.id;
      header_.scheme_country = scheme.country;
      header_.scheme_version = scheme.version;
      return {};
    }
    if (InValue()) return NotARecord();
    if (!InRow()) return {};
    row_bytes_ += value.size();
    if (cut || value.size() > kListTextMaxBytes)
      Problem("A field is longer than " + std::to_string(kListTextMaxBytes) + " bytes.");
    if (row_bytes_ > kListRowMaxBytes)
      Problem("The record is longer than " + std::to_string(kListRowMaxBytes) + " bytes.");
    if (!row_.problem.empty()) return {};
    if (stack_.size() == row_depth_) {
      Field(value);
    } else if (stack_.size() == row_depth_ + 1 && stack_.back().array) {
      Fact(stack_.back().name, value);  // Tags as an array of words
    } else if (stack_.size() == row_depth_ + 2 && stack_[row_depth_].name == "AlternativeHashes") {
      if (key_ == "HashName") hash_name_ = std::string(value);
      if (key_ == "HashValue") hash_value_ = std::string(value);
    }
    return {};
  }

  void Field(std::string_view value) {
    static const std::map<std::string_view, std::string RawRow::*> kFields{{"MediaID", &RawRow::entry_id},
                                                                           {"Category", &RawRow::code},
                                                                           {"MD5", &RawRow::md5},
                                                                           {"SHA1", &RawRow::sha1},
                                                                           {"SHA256", &RawRow::sha256},
                                                                           {"MediaSize", &RawRow::size_bytes},
                                                                           {"Series", &RawRow::series},
                                                                           {"WithdrawnAt", &RawRow::withdrawn_at},
                                                                           {"Member", &RawRow::member},
                                                                           {"VotesFor", &RawRow::votes_for},
                                                                           {"VotesAgainst", &RawRow::votes_against},
                                                                           {"Grade", &RawRow::grade}};
    if (const auto field = kFields.find(key_); field != kFields.end()) {
      row_.*field->second = std::string(value);
      return;
    }
    if (key_ == "DateUpdated") {
      if (const auto at = ReadTime(value); at && at->instant > newest_) newest_ = at->instant;
    }
    Fact(key_, value);
  }

  void Fact(const std::string& name, std::string_view value) {
    for (auto& [known, text] : row_.facts) {
      if (known != name) continue;
      if (text.size() + value.size() < kListTextMaxBytes) text += "|" + std::string(value);
      return;
    }
    if (row_.facts.size() < kListFactsMax) row_.facts.emplace_back(name, std::string(value));
  }

  void EndHash() {
    if (!row_.problem.empty() || hash_value_.empty()) return;
    if (hash_name_ == "PDQ")
      row_.pdq = hash_value_;
    else if (hash_name_ == "SHA256" || hash_name_ == "SHA-256")
      row_.sha256 = hash_value_;
    else
      Fact("AlternativeHashes." + hash_name_.substr(0, 32), hash_value_);  // carried, not compared
  }

  Status EndRow() {
    ++record_;
    row_.place = "record " + std::to_string(record_);
    if (media_files_ > 0) Fact("MediaFiles", std::to_string(media_files_));
    return on_row_(std::move(row_));
  }

  void Problem(std::string reason) {
    if (row_.problem.empty()) row_.problem = std::move(reason);
  }

  ListHeader& header_;
  const OnRawRow& on_row_;
  std::vector<Level> stack_;
  std::string key_;
  size_t row_depth_ = 0;  // levels open when directly inside the row's object; 0 outside rows
  RawRow row_;
  size_t row_bytes_ = 0;
  int64_t media_files_ = 0;
  int64_t record_ = 0;
  std::string hash_name_;
  std::string hash_value_;
  Instant newest_;
  bool saw_value_ = false;
};

}  // namespace

Status ReadVicsList(const JsonSource& source, ListHeader& header, const OnRawRow& on_row) {
  VicsHandler handler(header, on_row);
  TRY(ReadJson(source, {.depth_max = 16, .token_max_bytes = kListTextMaxBytes}, handler));
  if (!handler.saw_value())
    return Fail(Code::kInvalid, "The JSON holds no `value` array of media; give a VICS-shaped list or a CSV.");
  if (handler.newest() > Instant{}) header.newest_update = ToText(handler.newest());
  return {};
}

}  // namespace crossguard::match
