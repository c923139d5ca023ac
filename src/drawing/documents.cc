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

}  // namespace

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
