#include <algorithm>

#include "examine/kernel/kind.h"
#include "examine/kernel/parts.h"

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

constexpr size_t kDictionaryMax = 4096;  // looked back from a stream for its length
constexpr size_t kTrailerBytes = 2048;
constexpr std::string_view kEnd = "%%EOF";
constexpr size_t kEndsMax = 1'000;  // of a document are looked behind

// Whether the stream of this dictionary is a file that was attached to the document (7.11.4), and how it is kept.
std::optional<PartCoding> AttachedAs(std::string_view dictionary) {
  constexpr std::string_view kType = "/EmbeddedFile", kFilter = "/Filter", kDeflate = "/FlateDecode";
  const size_t type = dictionary.find(kType);
  if (type == std::string_view::npos || dictionary.substr(type + kType.size()).starts_with('s')) return std::nullopt;
  const size_t filter = dictionary.find(kFilter);
  if (filter == std::string_view::npos) return PartCoding::kPlain;
  const size_t name = dictionary.find_first_not_of(" \t\r\n[", filter + kFilter.size());
  if (name == std::string_view::npos || !dictionary.substr(name).starts_with(kDeflate)) return std::nullopt;
  const size_t next = dictionary.find_first_not_of(" \t\r\n]", name + kDeflate.size());
  const bool another = next != std::string_view::npos && dictionary[next] == '/' &&
                       dictionary.substr(name, next - name).find(']') == std::string_view::npos &&
                       dictionary.substr(filter, name - filter).find('[') != std::string_view::npos;
  return another ? std::nullopt : std::optional(PartCoding::kDeflated);
}

// A direct number behind /Length in the dictionary before the stream; npos: none, or a reference to another object.
size_t StatedLength(std::string_view before, bool has_inner) {
  const size_t open = has_inner ? std::string_view::npos : before.rfind("<<");  // inner ones may follow
  const size_t key = before.rfind("/Length");
  if (key == std::string_view::npos || (open != std::string_view::npos && key < open)) return std::string_view::npos;
  size_t at = before.find_first_not_of(" \t\r\n", key + 7);
  size_t value = 0;
  size_t digits = 0;
  for (; at < before.size() && before[at] >= '0' && before[at] <= '9' && digits < 10; ++at, ++digits)
    value = value * 10 + static_cast<size_t>(before[at] - '0');
  if (digits == 0) return std::string_view::npos;
  const size_t after = before.find_first_not_of(" \t\r\n", at);
  const bool reference = after != std::string_view::npos && before[after] >= '0' && before[after] <= '9';
  return reference ? std::string_view::npos : value;
}

// Where the stream that begins at `begin` ends: by its stated length if "endstream" stands there, else before the next
// "endstream"; npos if there is none.
size_t EndOf(std::string_view text, size_t begin, size_t stated) {
  if (stated != std::string_view::npos && stated <= text.size() - begin) {
    const size_t end = begin + stated;
    const size_t mark = text.find_first_not_of("\r\n ", end);
    if (mark != std::string_view::npos && mark - end <= 4 && text.substr(mark).starts_with("endstream")) return end;
  }
  size_t end = text.find("endstream", begin);
  if (end == std::string_view::npos) return end;
  if (end > begin && text[end - 1] == '\n') --end;
  if (end > begin && text[end - 1] == '\r') --end;
  return end;
}

// Of what stands before a stream, its own dictionary.
std::string_view DictionaryOf(std::string_view before) {
  const size_t object = before.rfind(" obj");
  return object == std::string_view::npos ? before : before.substr(object + 4);
}

// Another file that was hung on behind an end of the document. A document that was changed has several ends, and what
// hangs behind may hold a document of its own: the first end that another kind follows is the one.
ByteView BehindDocument(ByteView file) {
  const std::string_view text = AsText(file);
  size_t looks = 0;
  for (size_t end = 0; looks < kEndsMax && (end = text.find(kEnd, end)) != std::string_view::npos;) {
    end += kEnd.size();
    const size_t begin = text.find_first_not_of("\r\n \t\0"sv, end);
    if (begin == std::string_view::npos) return {};
    const bool goes_on = (text[begin] >= '0' && text[begin] <= '9') || text[begin] == '%';
    if (goes_on) continue;
    ++looks;
    const ByteView behind = file.subspan(begin);
    const Kind kind = DetectKind(behind);
    if (kind != Kind::kPdf && (IsPicture(kind) || IsVideo(kind) || IsArchive(kind))) return behind;
  }
  return {};
}

std::string_view Extension(std::string_view stream) {
  if (stream.starts_with("\xFF\xD8\xFF"sv)) return ".jpg";
  const bool jp2 = stream.starts_with("\0\0\0\x0CjP  "sv) || stream.starts_with("\xFF\x4F\xFF\x51"sv);
  return jp2 ? ".jp2"sv : ""sv;
}

}  // namespace

Parts FindPdfParts(ByteView file, const Limits& limits) {
  Parts out;
  const ByteView behind = BehindDocument(file);
  const std::string_view text = AsText(file.first(file.size() - behind.size()));
  for (size_t at = 0; (at = text.find("stream", at)) != std::string_view::npos;) {
    const size_t keyword = at;
    at += 6;
    if (keyword >= 3 && text.substr(keyword - 3, 3) == "end") continue;
    size_t begin = at;
    if (begin < text.size() && text[begin] == '\r') ++begin;
    if (begin >= text.size() || text[begin] != '\n') continue;
    ++begin;
    const std::string_view extension = Extension(text.substr(begin, 16));
    const size_t from = keyword - std::min(keyword, kDictionaryMax);
    const std::string_view dictionary = DictionaryOf(text.substr(from, keyword - from));
    const std::optional<PartCoding> attached = AttachedAs(dictionary);
    size_t end = EndOf(text, begin, StatedLength(dictionary, attached.has_value()));
    if (end == std::string_view::npos) {
      out.verdict = {State::kTruncated, Reason::kEndedEarly};
      end = text.size();
    }
    at = end;
    if (end == begin) continue;
    std::optional<PdfPixels> pixels;
    if (extension.empty() && !attached) {
      pixels = ReadPdfPixels(dictionary);
      if (!pixels) continue;
      if (BytesOf(*pixels) > kPdfPixelBytesMax) {
        out.verdict = {State::kLimitExceeded, Reason::kPixelLimit};
        continue;
      }
    }
    if (out.parts.size() >= limits.entries_max) {
      out.verdict = {State::kLimitExceeded, Reason::kEntryLimit};
      return out;
    }
    if (attached && extension.empty()) {
      out.parts.push_back({.name = "attachment-" + std::to_string(out.parts.size() + 1),
                           .bytes = file.subspan(begin, end - begin),
                           .coding = *attached});
      continue;
    }
    const std::string_view ending = !pixels ? extension : pixels->is_jpeg ? ".jpg"sv : ".png"sv;
    out.parts.push_back({.name = "picture-" + std::to_string(out.parts.size() + 1) + std::string(ending),
                         .bytes = file.subspan(begin, end - begin),
                         .coding = pixels ? PartCoding::kPdfPixels : PartCoding::kPlain,
                         .pixels = pixels.value_or(PdfPixels{})});
  }
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), kTrailerBytes));
  if (out.verdict.state == State::kExamined && tail.find(kEnd) == std::string_view::npos)
    out.verdict = {State::kTruncated, Reason::kEndedEarly};
  // Streams of an encrypted document are noise: without a picture found, that is why.
  if (out.parts.empty() && text.find("/Encrypt") != std::string_view::npos)
    out.verdict = {State::kUndecodable, Reason::kEncrypted};
  if (!behind.empty() && out.parts.size() < limits.entries_max)
    out.parts.push_back({.name = "behind the end of the document", .bytes = behind, .coding = PartCoding::kPlain});
  return out;
}

}  // namespace crossguard::examine
