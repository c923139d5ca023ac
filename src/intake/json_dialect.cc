// Cuts a stream into JSON records (one object, an array of them, or one a line) and reads each by itself: what is wrong
// with one is not the others' fault. Cutting needs no memory but the record's own bytes.
#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "intake/dialect.h"
#include "intake/node.h"

namespace crossguard::intake {
namespace {

// Builds the tree of one record; the parser checks syntax and UTF-8.
class TreeMaker final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Leave(); }
  bool boolean(bool value) override { return Text(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Text(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Text(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return Text(text); }
  bool string(string_t& text) override { return Text(text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(false); }
  bool start_array(std::size_t) override { return Open(true); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (name.size() > 1'024) return Refuse("a member name is longer than 1024 bytes");
    frames_.back().key = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    if (reason_.empty())
      reason_ =
          error.id == 101 ? "it is not JSON in UTF-8" : "it is not JSON (parser code " + std::to_string(error.id) + ")";
    return false;
  }

  Node root;
  const std::string& reason() const { return reason_; }

 private:
  struct Frame {
    bool array = false;
    std::string key;  // of an object: the member at hand; of an array: the array's own name
    Node node;        // of an object
  };

  bool Refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }
  // The name that a value here goes by.
  const std::string& Name() const { return frames_.back().key; }
  Node* Holder() {
    for (auto it = frames_.rbegin(); it != frames_.rend(); ++it) {
      if (!it->array) return &it->node;
    }
    return &root;
  }
  bool Leave() {
    return ++nodes_ <= kRecordNodesMax ||
           Refuse("the record has more than " + std::to_string(kRecordNodesMax) + " values");
  }
  bool Text(std::string text) {
    if (text.size() > kTextMax) return Refuse("a text is longer than 1 MiB");
    if (frames_.empty()) return Refuse("a record is an object");
    Node node;
    node.name = Name();
    node.text = std::move(text);
    Holder()->children.push_back(std::move(node));
    return Leave();
  }
  bool Open(bool array) {
    if (frames_.size() >= static_cast<size_t>(kDepthMax))
      return Refuse("values lie deeper than " + std::to_string(kDepthMax));
    Frame frame;
    frame.array = array;
    if (!frames_.empty()) {
      if (array)
        frame.key = Name();
      else
        frame.node.name = Name();
    }
    frames_.push_back(std::move(frame));
    return Leave();
  }
  bool Close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.array) return true;
    if (frames_.empty())
      root = std::move(frame.node);
    else
      Holder()->children.push_back(std::move(frame.node));
    return true;
  }

  std::vector<Frame> frames_;
  size_t nodes_ = 0;
  std::string reason_;
};

class JsonDialect final : public Dialect {
 public:
  explicit JsonDialect(RecordSink& sink) : sink_(sink) {}

  Status Feed(ByteView bytes) override {
    for (const char c : AsText(bytes)) {
      if (stopped_) return {};
      TRY(Take(c));
    }
    return {};
  }

  Status Finish() override {
    if (stopped_) return {};
    if (depth_ > 0 && !behind_list_)
      return Damaged("Begun on line " + std::to_string(begin_line_) + ", the document ends before the record does.");
    if (in_array_ || behind_list_)
      return sink_.OnDamage({.place = "after record " + std::to_string(count_),
                             .kind = "document",
                             .reason = "The document ends before its list does."});
    if (count_ == 0) return sink_.OnDamage({.place = "", .kind = "document", .reason = "It holds no report."});
    return {};
  }

 private:
  std::string Place() const { return "record " + std::to_string(count_); }

  Status Damaged(std::string reason) {
    bytes_.clear();
    depth_ = 0;
    in_string_ = false;
    return sink_.OnDamage({.place = Place(), .kind = "report", .reason = std::move(reason)});
  }

  Status Take(char c) {
    if (c == '\n') ++line_;
    if (depth_ == 0) return Between(c);
    if (in_string_ && c == '\n' && !in_array_) {
      // A string never holds a bare line break. One object a line: the next line is a new record.
      return Damaged("On line " + std::to_string(line_ - 1) + " a text does not end.");
    }
    if (c == '{' && depth_ == 2 && list_opened_ && BeginsListOfRecords()) return EnterList();
    if (c == ',' && behind_list_ && bytes_ == "{") return {};
    if (c == '[')
      list_opened_ = depth_ == 1 && !in_string_;
    else if (c != ' ' && !(c >= '\t' && c <= '\r'))
      list_opened_ = false;
    Keep(c);
    if (in_string_) {
      if (escaped_)
        escaped_ = false;
      else if (c == '\\')
        escaped_ = true;
      else if (c == '"')
        in_string_ = false;
      return {};
    }
    if (c == '"')
      in_string_ = true;
    else if (c == '{' || c == '[')
      ++depth_;
    else if ((c == '}' || c == ']') && --depth_ == 0)
      return Whole();
    return {};
  }

  // {"reports": [{...}, ...]}: an object around a list, which may be larger than any record. Its records are cut one by
  // one. A report itself has lists, too: it has said by then that it is one, or the list has a name that reports have.
  bool BeginsListOfRecords() {
    for (const std::string_view key : {"\"reportId\"", "\"reportedInformation\""}) {
      if (bytes_.find(key, scanned_ - std::min(scanned_, key.size())) != std::string::npos) return false;
    }
    scanned_ = bytes_.size();
    const size_t end = bytes_.rfind('"', bytes_.rfind('['));
    const size_t begin = end == std::string::npos || end == 0 ? end : bytes_.rfind('"', end - 1);
    if (begin == std::string::npos || begin == end) return false;
    const std::string_view name = std::string_view(bytes_).substr(begin + 1, end - begin - 1);
    static constexpr std::string_view kOfAReport[] = {
        "additionalInformations", "incidentDetails", "intendedRecipients", "reportedPeople", "reportedPersons",
        "uploadedFiles",          "victims"};
    return std::ranges::find(kOfAReport, name) == std::end(kOfAReport);
  }

  Status EnterList() {
    if (!behind_list_) {
      outer_array_ = in_array_;
      --count_;  // the object around is no record
    }
    behind_list_ = false;
    in_list_ = in_array_ = true;
    depth_ = 0;
    return Between('{');
  }

  // Behind the list: the rest of the object around it, which may hold another one.
  void LeaveList() {
    in_list_ = in_array_ = false;
    behind_list_ = true;
    depth_ = 1;
    Begin();
  }

  void Begin() {
    begin_line_ = line_;
    too_large_ = in_string_ = escaped_ = list_opened_ = false;
    scanned_ = 0;
    bytes_ = "{";
  }

  void Keep(char c) {
    if (bytes_.size() < kRecordBytesMax)
      bytes_ += c;
    else
      too_large_ = true;  // only counted from here on
  }

  // Outside of a record: white space, commas, the brackets of a list.
  Status Between(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '{') {
      ++count_;
      depth_ = 1;
      Begin();
      return {};
    }
    if (c == ' ' || (c >= '\t' && c <= '\r')) return {};
    if (count_ == 0 && !in_array_ && (byte == 0xEF || byte == 0xBB || byte == 0xBF)) return {};  // a byte order mark
    if (c == '[' && !in_array_) {
      in_array_ = true;
      return {};
    }
    if (c == ',' && in_array_) return {};
    if (c == ']' && in_array_) {
      in_array_ = false;
      if (in_list_) LeaveList();
      return {};
    }
    stopped_ = true;
    return sink_.OnDamage({.place = "after record " + std::to_string(count_),
                           .kind = "document",
                           .reason = "From line " + std::to_string(line_) +
                                     " on this is not read: there is something else than records."});
  }

  Status Whole() {
    if (behind_list_) {  // what stands beside a list of reports (a count, a date) is none
      behind_list_ = false;
      in_array_ = outer_array_;
      bytes_.clear();
      return {};
    }
    if (too_large_)
      return Damaged("Begun on line " + std::to_string(begin_line_) + ", the record is larger than 16 MiB.");
    TreeMaker maker;
    const bool fine = nlohmann::json::sax_parse(bytes_, &maker);
    bytes_.clear();
    if (!fine)
      return Damaged("Begun on line " + std::to_string(begin_line_) +
                     ", this is not read: " + (maker.reason().empty() ? "it is not JSON" : maker.reason()) + ".");
    return Emit(maker.root);
  }

  Status Emit(Node& root) {
    const auto is_report = [](const Node& node) {
      for (const Node& child : node.children) {
        if (child.name == "reportId" || child.name == "reportedInformation") return true;
      }
      return false;
    };
    if (is_report(root)) return sink_.OnReport(ReportFromJson(root, Place()));
    // {"data": {"reports": {...}}}: a wrapper of any name around reports.
    size_t number = 0;
    const auto look_below = [&](Node& node, int depth, const auto& self) -> Status {
      for (Node& child : node.children) {
        if (is_report(child)) {
          const std::string place = Place() + '/' + child.name + '[' + std::to_string(++number) + ']';
          TRY(sink_.OnReport(ReportFromJson(child, place)));
        } else if (depth < 4) {
          TRY(self(child, depth + 1, self));
        }
      }
      return {};
    };
    TRY(look_below(root, 1, look_below));
    if (number == 0)
      return sink_.OnDamage({.place = Place(),
                             .kind = "report",
                             .reason = "Begun on line " + std::to_string(begin_line_) +
                                       ", the object is no report: it has neither reportId nor reportedInformation."});
    return {};
  }

  RecordSink& sink_;
  std::string bytes_;
  int64_t line_ = 1;
  int64_t begin_line_ = 1;
  int64_t count_ = 0;
  int64_t depth_ = 0;
  bool in_array_ = false;
  bool in_list_ = false;      // the array is a list in an object around it
  bool behind_list_ = false;  // within that object, behind the list
  bool outer_array_ = false;  // and that object lies in an array
  bool list_opened_ = false;  // the last that was read is the '[' of a member of the record
  size_t scanned_ = 0;        // of bytes_, in which no member of a report was seen
  bool in_string_ = false;
  bool escaped_ = false;
  bool too_large_ = false;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Dialect> MakeJsonDialect(RecordSink& sink) {
  return std::make_unique<JsonDialect>(sink);
}

}  // namespace crossguard::intake
