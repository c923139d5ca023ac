#include <algorithm>
#include <map>

#include "examine/kernel/parts.h"

namespace crossguard::examine {
namespace {

constexpr size_t kHeaderBytesMax = 64 << 10;  // of one part
constexpr size_t kDepthMax = 10;              // parts inside parts
constexpr size_t kFromLineMax = 1'000;
constexpr size_t kBoundaryMax = 200;  // RFC 2046 allows 70

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// The line that begins at `at`, without its end; `next` is behind the end.
std::string_view LineAt(std::string_view text, size_t at, size_t& next) {
  const size_t end = std::min(text.find('\n', at), text.size());
  next = std::min(end + 1, text.size());
  size_t last = end;
  if (last > at && text[last - 1] == '\r') --last;
  return text.substr(at, last - at);
}

using Headers = std::map<std::string, std::string>;  // lower-case name to unfolded value; the first of a name counts

// The three fields that matter. at: behind the empty line afterwards.
Headers ReadHeaders(std::string_view text, size_t& at) {
  Headers headers;
  const size_t end = std::min(text.size(), at + kHeaderBytesMax);
  std::string name, value;
  const auto keep = [&] {
    if (name == "content-type" || name == "content-disposition" || name == "content-transfer-encoding")
      headers.emplace(name, value);
    name.clear();
  };
  while (at < end) {
    size_t next = 0;
    const std::string_view line = LineAt(text, at, next);
    at = next;
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (!name.empty()) value += ' ' + std::string(Trimmed(line));
      continue;
    }
    keep();
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    name = Lower(line.substr(0, colon));
    value = Trimmed(line.substr(colon + 1));
  }
  keep();
  return headers;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string FromPercent(std::string_view text, char mark) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == mark && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 && HexValue(text[i + 2]) >= 0) {
      out += static_cast<char>(HexValue(text[i + 1]) << 4 | HexValue(text[i + 2]));
      i += 2;
    } else {
      out += mark == '=' && text[i] == '_' ? ' ' : text[i];
    }
  }
  return out;
}

// "=?utf-8?B?...?=" (RFC 2047), several in a row; of other character sets the bytes are kept and cleaned later.
std::string FromEncodedWords(const std::string& text) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = text.find("=?", at);
    if (begin == std::string::npos) break;
    const size_t coding = text.find('?', begin + 2);
    const size_t body = coding == std::string::npos ? coding : text.find('?', coding + 1);
    const size_t end = body == std::string::npos ? body : text.find("?=", body + 1);
    if (end == std::string::npos || body != coding + 2) break;
    if (Trimmed(std::string_view(text).substr(at, begin - at)).size() > 0) out += text.substr(at, begin - at);
    const std::string_view word = std::string_view(text).substr(body + 1, end - body - 1);
    if (text[coding + 1] == 'B' || text[coding + 1] == 'b') {
      const Part part{.name = {}, .bytes = AsBytes(word), .coding = PartCoding::kBase64};
      out += std::string(AsText(DecodePart(part).value_or(Bytes{})));
    } else {
      out += FromPercent(word, '=');
    }
    at = end + 2;
  }
  return out + text.substr(std::min(at, text.size()));
}

// One parameter of a field: name=value, name="value", or name*=charset'language'value (RFC 2231, in one piece).
std::string Parameter(const std::string& field, std::string_view wanted) {
  size_t at = field.find(';');
  while (at != std::string::npos && at < field.size()) {
    const size_t equals = field.find('=', ++at);
    if (equals == std::string::npos) return {};
    const std::string name = Lower(Trimmed(std::string_view(field).substr(at, equals - at)));
    size_t value_at = field.find_first_not_of(" \t", equals + 1);
    if (value_at == std::string::npos) return {};
    std::string value;
    if (field[value_at] == '"') {
      for (++value_at; value_at < field.size() && field[value_at] != '"'; ++value_at) {
        if (field[value_at] == '\\' && value_at + 1 < field.size()) ++value_at;
        value += field[value_at];
      }
      at = field.find(';', value_at);
    } else {
      at = field.find(';', value_at);
      value = Trimmed(std::string_view(field).substr(value_at, at == std::string::npos ? at : at - value_at));
    }
    if (name == wanted) return FromEncodedWords(value);
    if (name == std::string(wanted) + "*") {
      const size_t quote = value.find('\'');
      const size_t second = quote == std::string::npos ? quote : value.find('\'', quote + 1);
      return FromPercent(second == std::string::npos ? value : value.substr(second + 1), '%');
    }
  }
  return {};
}

class Message {
 public:
  Message(const Limits& limits, Parts& out) : limits_(limits), out_(out) {}

  // The body of one part between `begin` and `end` of the text, its headers before it.
  void Read(std::string_view text, size_t depth) {
    size_t at = 0;
    const Headers headers = ReadHeaders(text, at);
    const auto field = [&](const char* name) {
      const auto found = headers.find(name);
      return found == headers.end() ? std::string() : found->second;
    };
    const std::string content = field("content-type");
    const std::string type = Lower(Trimmed(content.substr(0, content.find(';'))));
    const std::string_view body = text.substr(at);
    if (type.starts_with("multipart/")) {
      const std::string boundary = Parameter(content, "boundary");
      const bool control = std::ranges::any_of(boundary, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
      if (boundary.empty() || boundary.size() > kBoundaryMax || control) return Spoil(Reason::kDamagedData);
      if (depth >= kDepthMax) {
        out_.verdict = {State::kLimitExceeded, Reason::kNestingLimit};
        return;
      }
      return Split(body, "--" + boundary, depth);
    }
    std::string name = Parameter(field("content-disposition"), "filename");
    if (name.empty()) name = Parameter(content, "name");
    const bool text_alone = (type.empty() || type.starts_with("text/")) && name.empty();
    if (text_alone) return TakeFilesInText(body);  // what the message itself says stays with the message
    if (out_.parts.size() >= limits_.entries_max) {
      out_.verdict = {State::kLimitExceeded, Reason::kEntryLimit};
      return;
    }
    const std::string coding = Lower(Trimmed(field("content-transfer-encoding")));
    if (name.empty()) name = "part-" + std::to_string(out_.parts.size() + 1) + (type == "message/rfc822" ? ".eml" : "");
    out_.parts.push_back({.name = name,
                          .bytes = AsBytes(body),
                          .coding = coding == "base64"             ? PartCoding::kBase64
                                    : coding == "quoted-printable" ? PartCoding::kQuotedPrintable
                                                                   : PartCoding::kPlain});
  }

 private:
  // Before MIME, and in news until today, files stand in the text: "begin 644 name", lines, "end" (POSIX, uuencode).
  void TakeFilesInText(std::string_view body) {
    constexpr std::string_view kBegin = "begin ", kEnd = "\nend";
    for (size_t at = 0; (at = body.find(kBegin, at)) != std::string_view::npos;) {
      const size_t begin = at;
      at += kBegin.size();
      if (begin > 0 && body[begin - 1] != '\n') continue;
      size_t first = 0;
      const std::string_view head = LineAt(body, begin, first).substr(kBegin.size());
      const size_t mode = std::min(head.find(' '), head.size());
      const bool octal = std::ranges::all_of(head.substr(0, mode), [](char c) { return c >= '0' && c <= '7'; });
      if (!octal || mode < 3 || mode > 4 || mode == head.size()) continue;
      size_t ignored = 0;
      const std::string_view line = LineAt(body, first, ignored);
      if (line.empty() || line[0] <= ' ' || line[0] > 'M' ||
          line.size() < 1 + (static_cast<size_t>(line[0] - ' ') + 2) / 3 * 4)
        continue;
      if (out_.parts.size() >= limits_.entries_max) {
        out_.verdict = {State::kLimitExceeded, Reason::kEntryLimit};
        return;
      }
      const size_t end = body.find(kEnd, first);
      if (end == std::string_view::npos) Spoil(Reason::kEndedEarly);
      at = std::min(end, body.size());
      out_.parts.push_back({.name = std::string(Trimmed(head.substr(mode))),
                            .bytes = AsBytes(body.substr(first, at - first)),
                            .coding = PartCoding::kUnixToUnix});
      if (out_.parts.back().name.empty()) out_.parts.back().name = "part-" + std::to_string(out_.parts.size());
    }
  }

  void Spoil(Reason reason) {
    if (out_.verdict.state == State::kExamined) out_.verdict = {State::kTruncated, reason};
  }

  void Split(std::string_view body, const std::string& mark, size_t depth) {
    size_t part_at = std::string_view::npos;  // where the open part begins
    for (size_t at = 0; at < body.size() && out_.verdict.state != State::kLimitExceeded;) {
      // Only lines that begin with the mark matter: jump to the next one.
      if (!body.substr(at).starts_with(mark)) {
        const size_t found = body.find("\n" + mark, at);
        if (found == std::string_view::npos) break;
        at = found + 1;
      }
      size_t next = 0;
      std::string_view rest = LineAt(body, at, next);
      rest.remove_prefix(std::min(mark.size(), rest.size()));
      const bool last = rest.starts_with("--");
      if (!last && !Trimmed(rest).empty()) {  // another, longer boundary
        at = next;
        continue;
      }
      if (part_at != std::string_view::npos) {
        size_t end = at;  // the line break before the mark belongs to the mark
        if (end > part_at && body[end - 1] == '\n') --end;
        if (end > part_at && body[end - 1] == '\r') --end;
        Read(body.substr(part_at, end - part_at), depth + 1);
      }
      if (last) return;
      part_at = next;
      at = next;
    }
    if (out_.verdict.state == State::kLimitExceeded) return;
    if (part_at != std::string_view::npos) Read(body.substr(part_at), depth + 1);
    Spoil(Reason::kEndedEarly);
  }

  const Limits& limits_;
  Parts& out_;
};

}  // namespace

Parts FindMailParts(ByteView file, const Limits& limits) {
  Parts out;
  Message(limits, out).Read(AsText(file), 0);
  return out;
}

// "From address Sun Jul  4 18:22:31 2021": a sentence that begins alike has no time of day.
bool IsFromLine(std::string_view line) {
  const size_t first = line.find(':');
  const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  return line.starts_with("From ") && second != std::string_view::npos && second == first + 3 &&
         line.size() <= kFromLineMax;
}

// Each message begins with such a line behind an empty one.
// Line by line, however long: of a line only its beginning is kept.
MailboxParts FindMboxParts(FileBytes& file, const Limits& limits) {
  MailboxParts out;
  uint64_t begin = 0;  // of the message
  const auto close = [&](uint64_t end) {
    if (out.parts.size() >= limits.entries_max) {
      out.verdict = {State::kLimitExceeded, Reason::kEntryLimit};
      return false;
    }
    if (end > begin)
      out.parts.push_back(
          {.name = "message-" + std::to_string(out.parts.size() + 1) + ".eml", .begin = begin, .end = end});
    return true;
  };
  std::string line;
  uint64_t line_at = 0;
  bool behind_empty = false;
  for (uint64_t at = 0; at < file.size();) {
    const ByteView here = file.At(at);
    const size_t found = AsText(here).find('\n');
    const size_t count = found == std::string_view::npos ? here.size() : found + 1;
    line += AsText(here.first(std::min(count, kFromLineMax + 2 - std::min(line.size(), kFromLineMax + 2))));
    at += count;
    if (found == std::string_view::npos && at < file.size()) continue;  // the line goes on in the next window
    size_t ignored = 0;
    const std::string_view text = LineAt(line, 0, ignored);
    if (line_at == 0) {
      begin = at;  // the first line begins a message, whatever it is
    } else if (behind_empty && line.starts_with("From ") && IsFromLine(text)) {
      if (!close(line_at)) return out;
      begin = at;
    }
    behind_empty = line == "\n" || line == "\r\n";
    line.clear();
    line_at = at;
  }
  close(file.size());
  return out;
}

}  // namespace crossguard::examine
