#include "examine/kernel/heif_sequence.h"

#include <algorithm>
#include <string_view>

#include "examine/kernel/heif_boxes.h"

namespace crossguard::examine {
namespace {

// The sample table of a track of pictures; empty if it is another track.
ByteView TableOf(ByteView track) {
  const ByteView media = FirstBox(track, "mdia");
  const ByteView handler = FirstBox(media, "hdlr");
  if (handler.size() < 12 || AsText(handler.subspan(8, 4)) != "pict") return {};
  return FirstBox(FirstBox(media, "minf"), "stbl");
}

uint32_t FramesOf(ByteView table) {
  const ByteView sizes = FirstBox(table, "stsz");
  return sizes.size() < 12 ? 0 : static_cast<uint32_t>(BigEndian(sizes, 8, 4));
}

// The table of the longest track of pictures.
ByteView LongestOf(ByteView file) {
  ByteView longest;
  EachBox(FirstBox(file, "moov"), [&](std::string_view type, ByteView body) {
    if (type != "trak") return;
    const ByteView table = TableOf(body);
    if (longest.empty() || FramesOf(table) > FramesOf(longest)) longest = table;
  });
  return longest;
}

ByteView FirstSample(ByteView file, ByteView table) {
  const ByteView sizes = FirstBox(table, "stsz"), places = FirstBox(table, "stco"),
                 far_places = FirstBox(table, "co64");
  if (sizes.size() < 12) return {};
  uint64_t size = BigEndian(sizes, 4, 4);  // of every sample, or 0: each has its own
  if (size == 0 && sizes.size() >= 16) size = BigEndian(sizes, 12, 4);
  uint64_t at = 0;
  if (places.size() >= 12) {
    at = BigEndian(places, 8, 4);
  } else if (far_places.size() >= 16) {
    at = BigEndian(far_places, 8, 8);
  }
  if (size == 0 || at == 0 || at > file.size() || size > file.size() - at) return {};
  return file.subspan(static_cast<size_t>(at), static_cast<size_t>(size));
}

struct Coded {
  std::string_view type;  // of the sample entry
  ByteView configuration;
  std::string_view configuration_type;
  uint64_t width = 0, height = 0;
};

Coded CodedAs(ByteView table) {
  constexpr size_t kDescription = 8, kEntry = 78;  // bytes before the entries, and in an entry before its boxes
  Coded out;
  const ByteView description = FirstBox(table, "stsd");
  if (description.size() < kDescription) return out;
  EachBox(description.subspan(kDescription), [&](std::string_view type, ByteView body) {
    if (!out.type.empty() || body.size() < kEntry) return;
    const std::string_view wanted = type == "av01" ? "av1C" : type == "hvc1" || type == "hev1" ? "hvcC" : "";
    if (wanted.empty()) return;
    out = {.type = type == "av01" ? "av01" : "hvc1",
           .configuration = FirstBox(body.subspan(kEntry), wanted),
           .configuration_type = wanted,
           .width = BigEndian(body, 24, 2),
           .height = BigEndian(body, 26, 2)};
  });
  return out;
}

void Put(Bytes& out, uint64_t value, size_t length) {
  for (size_t i = length; i-- > 0;)
    out.push_back(i < sizeof value ? static_cast<uint8_t>(value >> (8 * i)) : uint8_t{0});
}
void Put(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
void Put(Bytes& out, std::string_view text) {
  Put(out, AsBytes(text));
}
Bytes Box(std::string_view type, const Bytes& body) {
  Bytes out;
  Put(out, body.size() + 8, 4);
  Put(out, type);
  Put(out, body);
  return out;
}

// ISO/IEC 14496-12, 8.11, with one item: what it is, where it lies, and how it is coded.
Bytes MetaOf(const Coded& coded, size_t sample_at, size_t sample_size) {
  Bytes handler, primary, place, entry, entries, size, containers, association, properties, body;
  Put(handler, 0, 8);
  Put(handler, "pict");
  Put(handler, 0, 13);
  Put(primary, 0, 4);
  Put(primary, 1, 2);
  Put(place, 0, 4);
  Put(place, 0x4400, 2);  // offsets and lengths of 4 bytes, no base
  Put(place, 1, 2);       // one item,
  Put(place, 1, 2);       // of number 1,
  Put(place, 0, 2);       // in this file,
  Put(place, 1, 2);       // in one piece
  Put(place, sample_at, 4);
  Put(place, sample_size, 4);
  Put(entry, 0x02000000, 4);
  Put(entry, 1, 2);
  Put(entry, 0, 2);
  Put(entry, coded.type);
  Put(entry, 0, 1);
  Put(entries, 0, 4);
  Put(entries, 1, 2);
  Put(entries, Box("infe", entry));
  Put(size, 0, 4);
  Put(size, coded.width, 4);
  Put(size, coded.height, 4);
  Put(containers, Box(coded.configuration_type, Bytes(coded.configuration.begin(), coded.configuration.end())));
  Put(containers, Box("ispe", size));
  Put(association, 0, 4);
  Put(association, 1, 4);
  Put(association, 1, 2);
  Put(association, 2, 1);
  Put(association, 0x81, 1);  // the first property, which must be understood
  Put(association, 0x02, 1);
  Put(properties, Box("ipco", containers));
  Put(properties, Box("ipma", association));
  Put(body, 0, 4);
  for (const Bytes& box :
       {Box("hdlr", handler), Box("pitm", primary), Box("iloc", place), Box("iinf", entries), Box("iprp", properties)})
    Put(body, box);
  return Box("meta", body);
}

}  // namespace

uint32_t CountSequenceFrames(ByteView file) {
  return FramesOf(LongestOf(file));
}

Bytes FirstOfSequence(ByteView file) {
  const ByteView table = LongestOf(file);
  const ByteView sample = FirstSample(file, table);
  const Coded coded = CodedAs(table);
  if (sample.empty() || coded.configuration.empty()) return {};
  Bytes brands, out;
  Put(brands, coded.type == "av01" ? "avif" : "heic");
  Put(brands, 0, 4);
  Put(brands, "mif1");
  Put(brands, coded.type == "av01" ? "avif" : "heic");
  Put(out, Box("ftyp", brands));
  const size_t before = out.size() + MetaOf(coded, 0, 0).size() + 8;
  Put(out, MetaOf(coded, before, sample.size()));
  Put(out, Box("mdat", Bytes(sample.begin(), sample.end())));
  return out;
}

}  // namespace crossguard::examine
