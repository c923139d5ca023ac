// libxml2's push parser, without a DTD, without the network, without entities but the five that XML knows by itself.
#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include <memory>
#include <string>
#include <vector>

#include "intake/dialect.h"
#include "intake/node.h"

namespace crossguard::intake {
namespace {

constexpr size_t kPushBytes = 64U << 10U;

std::string_view View(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

class XmlDialect final : public Dialect {
 public:
  explicit XmlDialect(RecordSink& sink) : sink_(sink) {
    handler_.initialized = XML_SAX2_MAGIC;
    handler_.startElementNs = [](void* self, const xmlChar* name, const xmlChar*, const xmlChar*, int, const xmlChar**,
                                 int count, int, const xmlChar** attributes) {
      static_cast<XmlDialect*>(self)->Start(View(name), count, attributes);
    };
    handler_.endElementNs = [](void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
      static_cast<XmlDialect*>(self)->End();
    };
    handler_.characters = [](void* self, const xmlChar* text, int size) {
      static_cast<XmlDialect*>(self)->Characters({reinterpret_cast<const char*>(text), static_cast<size_t>(size)});
    };
    handler_.cdataBlock = handler_.characters;
    handler_.ignorableWhitespace = handler_.characters;
    handler_.internalSubset = [](void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
      static_cast<XmlDialect*>(self)->Stop("document type declarations are not allowed");
    };
    handler_.serror = [](void*, xmlErrorPtr) {};  // read from the context afterwards; never printed
    context_.reset(xmlCreatePushParserCtxt(&handler_, this, nullptr, 0, nullptr));
    if (context_ != nullptr)
      xmlCtxtUseOptions(context_.get(), XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  }

  Status Feed(ByteView bytes) override {
    if (context_ == nullptr) return Fail(Code::kExhausted, "There is no memory for an XML reader.");
    document_bytes_ += bytes.size();
    // White space in front of the declaration is a common slip of exporters, and no fault of the report.
    while (!begun_ && !bytes.empty() && (bytes[0] == ' ' || (bytes[0] >= '\t' && bytes[0] <= '\r')))
      bytes = bytes.subspan(1);
    begun_ = begun_ || !bytes.empty();
    while (!bytes.empty() && !ended()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), kPushBytes));
      bytes = bytes.subspan(piece.size());
      xmlParseChunk(context_.get(), reinterpret_cast<const char*>(piece.data()), static_cast<int>(piece.size()), 0);
      if (context_->wellFormed == 0 && stop_reason_.empty()) Stop(ParserSays());
    }
    if (document_bytes_ > kXmlDocumentMax && !ended()) Stop("the document is larger than 256 MiB");
    return sink_error_;
  }

  Status Finish() override {
    if (context_ == nullptr) return Fail(Code::kExhausted, "There is no memory for an XML reader.");
    if (!ended()) {
      xmlParseChunk(context_.get(), nullptr, 0, 1);
      // What was well-formed until its last byte, and is not now, was cut off.
      if (context_->wellFormed == 0 && stop_reason_.empty()) Stop("the document ends too early");
    }
    if (!sink_error_) return sink_error_;
    if (!stop_reason_.empty()) {
      const std::string reason =
          "From line " + std::to_string(stop_line_) + " on this is not read: " + stop_reason_ + ".";
      if (in_record()) return sink_.OnDamage({.place = Place(), .kind = kind_, .reason = reason});
      return sink_.OnDamage({.place = record_count_ == 0 ? "" : "after record " + std::to_string(record_count_),
                             .kind = "document",
                             .reason = reason});
    }
    if (record_count_ == 0)
      return sink_.OnDamage({.place = "", .kind = "document", .reason = "It holds no report and no file details."});
    return {};
  }

 private:
  struct FreeContext {
    void operator()(xmlParserCtxt* context) const {
      if (context->myDoc != nullptr) xmlFreeDoc(context->myDoc);
      context->myDoc = nullptr;
      xmlFreeParserCtxt(context);
    }
  };

  bool in_record() const { return !stack_.empty(); }
  bool ended() const { return !stop_reason_.empty() || !sink_error_; }
  std::string Place() const { return "record " + std::to_string(record_count_); }
  int line() const { return context_ != nullptr && context_->input != nullptr ? context_->input->line : 0; }

  std::string ParserSays() const {
    const xmlError* error = xmlCtxtGetLastError(context_.get());
    if (error == nullptr) return "it is not well-formed";
    switch (error->code) {  // the parser's own words may quote the content
      case XML_ERR_INVALID_CHAR:
      case XML_ERR_INVALID_ENCODING:
      case XML_ERR_UNKNOWN_ENCODING:
      case XML_ERR_UNSUPPORTED_ENCODING:
        return "it is not in the encoding it says (or UTF-8)";
      case XML_ERR_UNDECLARED_ENTITY:
      case XML_WAR_UNDECLARED_ENTITY:
        return "it uses an entity that XML does not define";
      case XML_ERR_INTERNAL_ERROR:  // what the parser calls it
        return "a tag, a comment or a section of text is longer than 10 MB";
      case XML_ERR_DOCUMENT_END:
        return "something stands behind the end of its root element";
      default:
        return "it is not well-formed (parser code " + std::to_string(error->code) + ")";
    }
  }

  void Stop(std::string reason) {
    if (!stop_reason_.empty()) return;
    stop_reason_ = std::move(reason);
    stop_line_ = line();
    xmlStopParser(context_.get());
  }

  // The record that is being read cannot be used; the rest of the document can.
  void Spoil(std::string reason) {
    if (spoiled_.empty()) spoiled_ = std::move(reason);
    stack_.resize(1);
    stack_.front().children.clear();
  }

  void Start(std::string_view name, int attribute_count, const xmlChar** attributes) {
    if (ended()) return;
    ++depth_;
    if (!in_record()) {
      if (depth_ > kDepthMax) return Stop("elements lie deeper than " + std::to_string(kDepthMax));
      if (name != "report" && name != "fileDetails") return;
      ++record_count_;
      kind_ = name == "report" ? "report" : "file_details";
      record_depth_ = depth_;
      spoiled_.clear();
      record_bytes_ = 0;
      record_nodes_ = 0;
    } else if (depth_ - record_depth_ >= kDepthMax) {
      Spoil("elements lie deeper than " + std::to_string(kDepthMax));
    }
    if (!spoiled_.empty()) return;
    Node node;
    node.name = name;
    record_bytes_ += name.size();
    if (attribute_count > static_cast<int>(kAttributesMax))
      return Spoil("an element has more than " + std::to_string(kAttributesMax) + " attributes");
    for (int i = 0; i < attribute_count; ++i) {  // five pointers each: local name, prefix, URI, value, end
      const xmlChar* const* a = attributes + static_cast<ptrdiff_t>(i) * 5;
      const std::string_view value(reinterpret_cast<const char*>(a[3]), static_cast<size_t>(a[4] - a[3]));
      record_bytes_ += value.size();
      if (value.size() > kTextMax) return Spoil("an attribute is longer than 1 MiB");
      // xsi:type and xsi:nil speak of the schema; they must not stand for an attribute of ours.
      const bool schema = View(a[2]) == "http://www.w3.org/2001/XMLSchema-instance";
      node.attributes.push_back(
          {.name = (schema ? "xsi:" : "") + std::string(View(a[0])), .value = DecodeAmpersand(value)});
    }
    if (++record_nodes_ > kRecordNodesMax)
      return Spoil("the record has more than " + std::to_string(kRecordNodesMax) + " elements");
    if (record_bytes_ > kRecordBytesMax) return Spoil("the record is larger than 16 MiB");
    stack_.push_back(std::move(node));
  }

  // SAX2 hands "&#38;" in attribute values through for a later pass; everything else is resolved already.
  static std::string DecodeAmpersand(std::string_view value) {
    std::string out;
    for (size_t i = 0; i < value.size(); ++i) {
      out += value[i];
      if (value.substr(i).starts_with("&#38;")) i += 4;
    }
    return out;
  }

  void Characters(std::string_view text) {
    if (ended() || !in_record() || !spoiled_.empty()) return;
    std::string& to = stack_.back().text;
    record_bytes_ += text.size();
    if (to.size() + text.size() > kTextMax) return Spoil("a text is longer than 1 MiB");
    if (record_bytes_ > kRecordBytesMax) return Spoil("the record is larger than 16 MiB");
    to += text;
  }

  void End() {
    if (ended()) return;
    const int depth = depth_--;
    if (!in_record()) return;
    if (depth > record_depth_) {
      if (!spoiled_.empty()) return;
      Node node = std::move(stack_.back());
      stack_.pop_back();
      stack_.back().children.push_back(std::move(node));
      return;
    }
    Node record = std::move(stack_.front());
    stack_.clear();
    if (!spoiled_.empty())
      sink_error_ =
          sink_.OnDamage({.place = Place(),
                          .kind = kind_,
                          .reason = "Up to line " + std::to_string(line()) + " this is not read: " + spoiled_ + "."});
    else if (kind_ == "report")
      sink_error_ = sink_.OnReport(ReportFromXml(record, Place()));
    else
      sink_error_ = sink_.OnFile(FileFromXml(record, Place()));
    if (!sink_error_) xmlStopParser(context_.get());
  }

  RecordSink& sink_;
  xmlSAXHandler handler_{};
  std::unique_ptr<xmlParserCtxt, FreeContext> context_;
  uint64_t document_bytes_ = 0;
  bool begun_ = false;  // a byte that is no blank has come
  int depth_ = 0;
  int record_depth_ = 0;
  int64_t record_count_ = 0;
  std::string kind_;
  std::vector<Node> stack_;  // of the record; empty outside of one
  std::string spoiled_;      // why this record is not used
  size_t record_bytes_ = 0;
  size_t record_nodes_ = 0;
  std::string stop_reason_;  // why the rest of the document is not read
  int stop_line_ = 0;
  Status sink_error_;
};

}  // namespace

std::unique_ptr<Dialect> MakeXmlDialect(RecordSink& sink) {
  return std::make_unique<XmlDialect>(sink);
}

}  // namespace crossguard::intake
