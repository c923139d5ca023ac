#include <iterator>
#include <string>

#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

void Add(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// RFC 4648, in lines of 76 characters.
std::string Base64(ByteView bytes) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8U | (k < count ? bytes[i + k] : 0U);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kLetters[bits >> (18 - 6 * k) & 63U] : '=';
    if (i / 3 % 19 == 18) out += "\r\n";
  }
  return out;
}

void Put(Bytes& out, uint64_t value, size_t bytes) {  // little-endian
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint32_t Crc32(ByteView bytes) {  // ISO 3309, four bits at a time
  uint32_t table[16];
  for (uint32_t i = 0; i < 16; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 4; ++bit) table[i] = (table[i] & 1U) != 0 ? 0xEDB88320U ^ table[i] >> 1U : table[i] >> 1U;
  }
  uint32_t crc = 0xFFFFFFFFU;
  for (const uint8_t byte : bytes) {
    crc = table[(crc ^ byte) & 15U] ^ crc >> 4U;
    crc = table[(crc ^ byte >> 4U) & 15U] ^ crc >> 4U;
  }
  return ~crc;
}

// What the header of a member and its line in the directory have in common (APPNOTE 4.3.7, 4.3.12).
void PutMember(Bytes& out, const std::string& name, ByteView bytes, uint32_t crc) {
  constexpr uint32_t kNeeds = 20, kDate = 41 << 9 | 7 << 5 | 4;  // 2021-07-04
  Put(out, kNeeds, 2);
  Put(out, 0, 2);
  Put(out, 0, 2);  // stored
  Put(out, 0, 2);
  Put(out, kDate, 2);
  Put(out, crc, 4);
  Put(out, bytes.size(), 4);
  Put(out, bytes.size(), 4);
  Put(out, name.size(), 2);
  Put(out, 0, 2);
}

}  // namespace

// By hand, because nothing may stand between the name of the first member and what it says.
Bytes MakeOffice(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes out, directory;
  for (const auto& [name, bytes] : members) {
    const uint32_t crc = Crc32(bytes);
    Add(directory, AsBytes(std::string_view("PK\1\2\x14\0", 6)));
    PutMember(directory, name, bytes, crc);
    Put(directory, 0, 2);  // no comment
    Put(directory, 0, 8);  // disk, attributes
    Put(directory, out.size(), 4);
    Add(directory, AsBytes(name));
    Add(out, AsBytes(std::string_view("PK\3\4", 4)));
    PutMember(out, name, bytes, crc);
    Add(out, AsBytes(name));
    Add(out, bytes);
  }
  const size_t directory_at = out.size();
  Add(out, directory);
  Add(out, AsBytes(std::string_view("PK\5\6\0\0\0\0", 8)));
  Put(out, members.size(), 2);
  Put(out, members.size(), 2);
  Put(out, directory.size(), 4);
  Put(out, directory_at, 4);
  Put(out, 0, 2);
  return out;
}

Bytes MakeMail(const std::vector<std::pair<std::string, Bytes>>& attachments) {
  std::string out =
      "From: one@mail.example\r\nTo: two@mail.example\r\nSubject: as promised\r\n"
      "Date: Sun, 04 Jul 2021 18:22:31 +0200\r\nMessage-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"part-of-mail\"\r\n\r\n"
      "--part-of-mail\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nsee below\r\n";
  for (const auto& [name, bytes] : attachments) {
    out +=
        "--part-of-mail\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename=\"" +
        name + "\"\r\n\r\n" + Base64(bytes) + "\r\n";
  }
  return ToBytes(out + "--part-of-mail--\r\n");
}

std::vector<std::pair<std::string, Bytes>> DocxMembers(std::vector<std::pair<std::string, Bytes>> pictures) {
  std::string relations, types;
  for (auto& [name, bytes] : pictures) {
    relations += "<Relationship Id=\"" + name + "\" Target=\"media/" + name + "\"/>";
    types += "<Override PartName=\"/word/media/" + name + "\"/>";
    name = "word/media/" + name;
  }
  std::vector<std::pair<std::string, Bytes>> out{
      {"[Content_Types].xml", ToBytes("<Types>" + types + "</Types>")},
      {"word/document.xml", ToBytes(std::string_view("<document><body/></document>"))},
      {"word/_rels/document.xml.rels", ToBytes("<Relationships>" + relations + "</Relationships>")}};
  out.insert(out.end(), std::make_move_iterator(pictures.begin()), std::make_move_iterator(pictures.end()));
  return out;
}

std::vector<std::pair<std::string, Bytes>> OdtMembers(std::vector<std::pair<std::string, Bytes>> pictures) {
  std::string frames;
  for (auto& [name, bytes] : pictures) {
    name = "Pictures/" + name;
    frames += "<draw:image xlink:href=\"" + name + "\"/>";
  }
  std::vector<std::pair<std::string, Bytes>> out{
      {"mimetype", ToBytes(std::string_view("application/vnd.oasis.opendocument.text"))},
      {"content.xml", ToBytes("<office:document-content>" + frames + "</office:document-content>")}};
  out.insert(out.end(), std::make_move_iterator(pictures.begin()), std::make_move_iterator(pictures.end()));
  return out;
}

Bytes MakePdf(const std::vector<Bytes>& jpegs) {
  Bytes out = ToBytes("%PDF-1.4\n");
  std::vector<size_t> places;
  const auto object = [&](const std::string& text) {
    places.push_back(out.size());
    Add(out, AsBytes(std::to_string(places.size()) + " 0 obj\n" + text));
  };
  object("<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
  object("<</Type/Pages/Count 0/Kids[]>>\nendobj\n");
  for (const Bytes& jpeg : jpegs) {
    object("<</Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length " +
           std::to_string(jpeg.size()) + ">>\nstream\n");
    Add(out, jpeg);
    Add(out, AsBytes(std::string_view("\nendstream\nendobj\n")));
  }
  const size_t table = out.size();
  std::string tail = "xref\n0 " + std::to_string(places.size() + 1) + "\n0000000000 65535 f \n";
  for (const size_t place : places) {
    const std::string number = std::to_string(place);
    tail += std::string(10 - std::min<size_t>(10, number.size()), '0') + number + " 00000 n \n";
  }
  tail += "trailer\n<</Size " + std::to_string(places.size() + 1) + "/Root 1 0 R>>\nstartxref\n" +
          std::to_string(table) + "\n%%EOF\n";
  Add(out, AsBytes(tail));
  return out;
}

}  // namespace crossguard::drawing
