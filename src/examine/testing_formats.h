// For the tests of this module: one small honest file of every form that is opened, and some that are not.
#pragma once

#include <vector>

#include "drawing/drawing.h"
#include "examine/kernel/testing_kinds.h"

namespace crossguard::examine::testing {

inline std::vector<Bytes> EveryFormat() {
  const drawing::Picture drawing = drawing::DrawScene(1, 96, 64);
  return {drawing::EncodeJpeg(
              drawing, {.exif = drawing::MakeExif({.make = "Example Optics", .latitude = 1.5, .longitude = 2.5})}),
          drawing::EncodeJpeg(drawing, {.progressive = true}),
          drawing::EncodeJpeg(drawing, {.components = 4}),
          drawing::EncodePng(drawing),
          drawing::EncodePng(drawing, {.bit_depth = 16, .colour_type = 6, .interlaced = true}),
          drawing::EncodeWebp(drawing),
          drawing::EncodeWebp(drawing, true),
          drawing::EncodeAnimatedWebp({drawing, drawing::DrawScene(2, 96, 64)}),
          drawing::EncodeGif({drawing, drawing::DrawScene(3, 96, 64)}),
          EncodeApng({{.picture = drawing}, {.picture = drawing::DrawScene(4, 96, 64), .blend = 1}}, 96, 64),
          EncodeTiff(drawing, {.tiled = true, .compression = 5}),
          EncodeTiffPages({drawing, drawing::DrawScene(2, 96, 64)}, {}),
          EncodeBmp(drawing, {.bits = 8, .runs = true}),
          MakeRaw("NIKON", false, drawing::EncodeJpeg(drawing)),
          EncodeHeif(drawing),
          EncodeHeif(drawing, {.avif = true}),
          EncodeJxl({drawing}),
          drawing::EncodePictureSequence({drawing, drawing::DrawScene(2, 96, 64)}, false),
          drawing::EncodePictureSequence({drawing, drawing::DrawScene(2, 96, 64)}, true),
          EncodeVideo({drawing, drawing::DrawScene(2, 96, 64), drawing},
                      {.frames_per_second = 1, .created_at = "2021-07-04T16:22:31Z"}),
          EncodeVideo({drawing, drawing}, {.container = "webm", .codec = "libvpx", .frames_per_second = 1}),
          drawing::MakeZip({{"a.jpg", drawing::EncodeJpeg(drawing)}, {"caf\xC3\xA9.txt", ToBytes("text")}}),
          MakeArchive(Packing::kSevenZip, {{"caf\xC3\xA9.txt", ToBytes("text")}, {"b", Bytes(3000)}}),
          MakeArchive(Packing::kTarGz, {{"a", ToBytes("text")}}),
          MakeArchive(Packing::kTarXz, {{"a", ToBytes("text")}}),
          MakeArchive(Packing::kTarZst, {{"a", ToBytes("text")}}),
          MakeArchive(Packing::kTarBz2, {{"a", ToBytes("text")}}),
          MakeArchive(Packing::kIso, {{"A.TXT", ToBytes("text")}}),
          Compress("gzip", ToBytes("a single file")),
          MakeRar({{"a", ToBytes("text")}}),
          MakeRar({{"a", ToBytes("text")}}, true),
          ToBytes("From: a@example.org\nDate: x\nContent-Type: image/png; name=a.png\n\nnot a picture"),
          ToBytes("a text that was called picture.jpg"),
          {},
          ToBytes("%PDF-1.7")};
}

}  // namespace crossguard::examine::testing
