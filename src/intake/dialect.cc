#include "intake/dialect.h"

#include <algorithm>
#include <array>

namespace crossguard::intake {
namespace {

bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool IsNameEnd(char c) {
  return IsBlank(c) || c == '>' || c == '/' || c == '[';
}

std::string_view LocalName(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view NameAt(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && !IsNameEnd(text[end])) ++end;
  return LocalName(text.substr(0, end));
}

// UTF-16 with a byte order mark, as some exports are: its ASCII part is enough to see what it is.
std::string PlainHead(ByteView head) {
  std::string_view text = AsText(head);
  std::string out;
  const bool le = text.starts_with("\xFF\xFE");
  const bool be = text.starts_with("\xFE\xFF");
  if (le || be) {
    for (size_t i = 2; i + 1 < text.size(); i += 2) {
      const char high = le ? text[i + 1] : text[i];
      out += high == '\0' ? (le ? text[i] : text[i + 1]) : '?';
    }
    return out;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return std::string(text);
}

Shape SniffXml(std::string_view text) {
  const bool declared = text.starts_with("<?xml");
  while (true) {
    const size_t open = text.find('<');
    if (open == std::string_view::npos) return declared ? Shape::kXmlReport : Shape::kMedia;  // cut off before its root
    text.remove_prefix(open + 1);
    if (text.starts_with("?")) {
      text.remove_prefix(std::min(text.find("?>"), text.size()));
    } else if (text.starts_with("!--")) {
      text.remove_prefix(std::min(text.find("-->"), text.size()));
    } else if (text.starts_with("!DOCTYPE")) {
      // Web pages and drawings are media. Any other document with a type declaration is no report that is read: it is
      // refused by name.
      std::string_view name = text.substr(8);
      while (!name.empty() && IsBlank(name.front())) name.remove_prefix(1);
      const std::string_view type = NameAt(name);
      return type == "html" || type == "HTML" || type == "svg" || type == "plist" ? Shape::kMedia : Shape::kXmlReport;
    } else {
      break;
    }
  }
  const std::string_view root = NameAt(text);
  if (root == "report") return Shape::kXmlReport;
  if (root == "fileDetails") return Shape::kXmlFileDetails;
  // A wrapper of any name: a report must begin within the head.
  Shape found = Shape::kMedia;
  while (true) {
    const size_t open = text.find('<');
    if (open == std::string_view::npos) return found;
    text.remove_prefix(open + 1);
    const std::string_view name = NameAt(text.substr(0, 256));
    if (name == "report") return Shape::kXmlReport;
    if (name == "fileDetails") found = Shape::kXmlFileDetails;
  }
}

Shape SniffCsv(std::string_view text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string header;
  for (const char c : text.substr(0, end)) {
    if (c >= 'A' && c <= 'Z')
      header += static_cast<char>(c - 'A' + 'a');
    else if (c == ',' || c == ';')
      header += ',';
    else if (static_cast<unsigned char>(c) >= 0x20 && c != ' ' && c != '_' && c != '-' && c != '"')
      header += c;
  }
  header = ',' + header + ',';
  const auto has = [&](std::string_view name) {
    return header.find(',' + std::string(name) + ',') != std::string::npos;
  };
  if (!has("reportid")) return Shape::kMedia;
  if (has("fileid")) return Shape::kCsvFiles;
  if (has("ip")) return Shape::kCsvIps;
  return has("userid") || has("role") || has("screenname") || has("emails") ? Shape::kCsvAccounts : Shape::kMedia;
}

}  // namespace

Shape Sniff(ByteView head) {
  const std::string plain = PlainHead(head.first(std::min(head.size(), kSniffBytes)));
  std::string_view text = plain;
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  if (text.empty()) return Shape::kMedia;
  if (text.front() == '<') return SniffXml(text);
  if (text.front() == '{' || text.front() == '[') {
    return text.find("\"reportId\"") != std::string_view::npos ||
                   text.find("\"reportedInformation\"") != std::string_view::npos
               ? Shape::kJson
               : Shape::kMedia;
  }
  return SniffCsv(text);
}

std::unique_ptr<Dialect> MakeDialect(Shape shape, RecordSink& sink) {
  switch (shape) {
    case Shape::kMedia:
      break;
    case Shape::kXmlReport:
    case Shape::kXmlFileDetails:
      return MakeXmlDialect(sink);
    case Shape::kJson:
      return MakeJsonDialect(sink);
    case Shape::kCsvAccounts:
    case Shape::kCsvFiles:
    case Shape::kCsvIps:
      return MakeCsvDialect(shape, sink);
  }
  CHECK(shape != Shape::kMedia);
  return nullptr;
}

}  // namespace crossguard::intake
