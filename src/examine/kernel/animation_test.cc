// Animated GIF and WebP: every picture as it is shown, put together here from its parts by the plainest means.
#include <gif_lib.h>
#include <gtest/gtest.h>

#include "drawing/drawing.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/judge_pdq.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_kinds.h"

namespace crossguard::examine {
namespace {

using drawing::Picture;

constexpr uint32_t kWidth = 96, kHeight = 64;
constexpr int kColours = 252;  // the next one is see-through where a part says so

FileFacts Examine(const Bytes& bytes) {
  return ExamineBytes(bytes, bytes.size(), 0, Limits{});
}

// 6 x 7 x 6 colours.
Bytes IndexesOf(const Picture& picture) {
  Bytes indexes;
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    indexes.push_back(static_cast<uint8_t>(picture.rgb[i] * 6 / 256 * 42 + picture.rgb[i + 1] * 7 / 256 * 6 +
                                           picture.rgb[i + 2] * 6 / 256));
  }
  return indexes;
}
std::array<uint8_t, 3> ColourOf(int index) {
  return {static_cast<uint8_t>(index / 42 * 51), static_cast<uint8_t>(index / 6 % 7 * 42),
          static_cast<uint8_t>(index % 6 * 51)};
}

// A part of an animation as the file says it.
struct Part {
  uint32_t left = 0, top = 0;
  Picture picture;
  int hundredths = 10;
  int disposal = DISPOSE_DO_NOT;
  bool holes = false;  // every pixel whose column and row are even is see-through
  bool interlaced = false;
};

Bytes IndexesOf(const Part& part) {
  Bytes indexes = IndexesOf(part.picture);
  for (size_t i = 0; part.holes && i < indexes.size(); ++i) {
    if (i % part.picture.width % 2 == 0 && i / part.picture.width % 2 == 0) indexes[i] = kColours;
  }
  return indexes;
}

Bytes EncodeParts(const std::vector<Part>& parts) {
  Bytes out;
  GifFileType* gif = EGifOpen(
      &out,
      [](GifFileType* g, const GifByteType* data, int count) {
        Bytes& to = *static_cast<Bytes*>(g->UserData);
        to.insert(to.end(), data, data + count);
        return count;
      },
      nullptr);
  ColorMapObject* colours = GifMakeMapObject(256, nullptr);
  for (int i = 0; i < 256; ++i) {
    const auto rgb = ColourOf(i < kColours ? i : 0);
    colours->Colors[i] = {rgb[0], rgb[1], rgb[2]};
  }
  EGifSetGifVersion(gif, true);
  EGifPutScreenDesc(gif, kWidth, kHeight, 8, 0, colours);
  for (const Part& part : parts) {
    const GraphicsControlBlock control{.DisposalMode = part.disposal,
                                       .UserInputFlag = false,
                                       .DelayTime = part.hundredths,
                                       .TransparentColor = part.holes ? kColours : NO_TRANSPARENT_COLOR};
    std::array<GifByteType, 4> block{};
    EGifGCBToExtension(&control, block.data());
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, block.size(), block.data());
    const int width = static_cast<int>(part.picture.width), height = static_cast<int>(part.picture.height);
    EGifPutImageDesc(gif, static_cast<int>(part.left), static_cast<int>(part.top), width, height, part.interlaced,
                     nullptr);
    Bytes indexes = IndexesOf(part);
    const auto put = [&](uint32_t y) { EGifPutLine(gif, &indexes[size_t{y} * part.picture.width], width); };
    if (part.interlaced) {
      for (const auto& [first, step] : {std::pair{0U, 8U}, {4U, 8U}, {2U, 4U}, {1U, 2U}}) {
        for (uint32_t y = first; y < part.picture.height; y += step) put(y);
      }
    } else {
      for (uint32_t y = 0; y < part.picture.height; ++y) put(y);
    }
  }
  EGifCloseFile(gif, nullptr);
  GifFreeMapObject(colours);
  return out;
}

PdqHash Hash(const Bytes& rgb) {
  return JudgePdq({.width = kWidth, .height = kHeight, .channels = 3, .pixels = {rgb.begin(), rgb.end()}});
}

// What a viewer shows of the parts, one canvas after the other.
std::vector<Bytes> Shown(const std::vector<Part>& parts) {
  std::vector<Bytes> shown;
  Bytes canvas(size_t{kWidth} * kHeight * 3);
  for (const Part& part : parts) {
    const Bytes before = canvas;
    const Bytes indexes = IndexesOf(part);
    for (size_t i = 0; i < indexes.size(); ++i) {
      const size_t x = part.left + i % part.picture.width, y = part.top + i / part.picture.width;
      if (x >= kWidth || y >= kHeight || (indexes[i] == kColours && !shown.empty())) continue;
      const auto rgb = ColourOf(indexes[i] < kColours ? indexes[i] : 0);
      std::copy_n(rgb.begin(), 3, &canvas[(y * kWidth + x) * 3]);
    }
    shown.push_back(canvas);
    if (part.disposal == DISPOSE_PREVIOUS) canvas = before;
    for (size_t i = 0; part.disposal == DISPOSE_BACKGROUND && i < indexes.size(); ++i) {
      const size_t x = part.left + i % part.picture.width, y = part.top + i / part.picture.width;
      if (x < kWidth && y < kHeight) std::fill_n(&canvas[(y * kWidth + x) * 3], 3, uint8_t{0});
    }
  }
  return shown;
}

// Of what is shown, and for how long, the frames that must be kept.
std::vector<VideoFrame> Kept(const std::vector<Bytes>& shown, const std::vector<uint64_t>& millis) {
  std::vector<VideoFrame> kept;
  uint64_t at = 0;
  for (uint32_t i = 0; i < shown.size(); at += millis[i], ++i) {
    const PdqHash hash = Hash(shown[i]);
    if (kept.empty() || at - kept.back().at_millis >= 1000 || Distance(hash.hash, kept.back().pdq) > 31)
      kept.push_back({.number = i, .at_millis = at, .quality = hash.quality, .pdq = hash.hash});
  }
  return kept;
}

std::vector<Part> Whole(const std::vector<uint64_t>& seeds) {
  std::vector<Part> parts;
  for (const uint64_t seed : seeds) parts.push_back({.picture = drawing::DrawScene(seed, kWidth, kHeight)});
  return parts;
}

TEST(Animation, APictureThatIsShownForATenthOfASecondIsFingerprinted) {
  std::vector<Part> parts = Whole({1, 1, 1, 2, 1, 1});
  const FileFacts facts = Examine(EncodeParts(parts));
  EXPECT_EQ(facts.state, State::kExamined);
  EXPECT_EQ(facts.frames, 6U);
  const std::vector<VideoFrame> kept = Kept(Shown(parts), std::vector<uint64_t>(6, 100));
  ASSERT_EQ(kept.size(), 3U);  // the first, the other one, and back again
  EXPECT_EQ(kept[1].number, 3U);
  EXPECT_EQ(kept[1].at_millis, 300U);
  EXPECT_EQ(facts.video_frames, kept);
  EXPECT_FALSE(facts.video);
}

TEST(Animation, OneASecondIsKeptOfPicturesThatStayTheSame) {
  std::vector<Part> parts = Whole(std::vector<uint64_t>(35, 7));
  for (Part& part : parts) part.hundredths = 10;
  const FileFacts facts = Examine(EncodeParts(parts));
  ASSERT_EQ(facts.video_frames.size(), 4U);
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(facts.video_frames[i].number, i * 10);
  // Without a delay that can be, a tenth of a second is meant.
  for (Part& part : parts) part.hundredths = 1;
  EXPECT_EQ(Examine(EncodeParts(parts)).video_frames, facts.video_frames);
}

TEST(Animation, PartsAreLaidOneOnAnotherAsTheFileSays) {
  size_t compared = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const auto at = [&](uint64_t salt, uint64_t below) {
      return static_cast<uint32_t>((seed * 7919 + salt * 104729) / 7 % below);
    };
    std::vector<Part> parts;
    std::vector<uint64_t> millis;
    for (uint64_t i = 0; i < 8; ++i) {
      const uint32_t width = i == 0 ? kWidth : 40 + at(i, 57), height = i == 0 ? kHeight : 30 + at(i + 50, 35);
      constexpr std::array kDisposals{DISPOSAL_UNSPECIFIED, DISPOSE_DO_NOT, DISPOSE_BACKGROUND, DISPOSE_PREVIOUS};
      parts.push_back({.left = i == 0 ? 0 : at(i + 9, kWidth - 30),  // some reach over the edge
                       .top = i == 0 ? 0 : at(i + 19, kHeight - 20),
                       .picture = drawing::DrawScene(seed * 100 + i, width, height),
                       .hundredths = static_cast<int>(at(i + 29, 120)),
                       .disposal = kDisposals[at(i + 39, 4)],
                       .holes = at(i + 49, 3) == 0,
                       .interlaced = at(i + 59, 2) == 0});
      const auto said = static_cast<uint64_t>(parts.back().hundredths) * 10;
      millis.push_back(said < 20 ? 100 : said);
    }
    const FileFacts facts = Examine(EncodeParts(parts));
    EXPECT_EQ(facts.state, State::kExamined) << seed;
    EXPECT_EQ(facts.video_frames, Kept(Shown(parts), millis)) << seed;
    compared += facts.video_frames.size();
  }
  EXPECT_GT(compared, 200U);
}

TEST(Animation, OfAWebpEachPictureIsAsTheEncoderTookIt) {
  std::vector<Picture> pictures;
  std::vector<Bytes> shown;
  for (const uint64_t seed : {1U, 1U, 5U, 6U, 6U, 1U}) {
    pictures.push_back(drawing::DrawScene(seed, kWidth, kHeight));
    shown.push_back(pictures.back().rgb);
  }
  const FileFacts facts = Examine(drawing::EncodeAnimatedWebp(pictures));  // without loss
  EXPECT_EQ(facts.state, State::kExamined);
  const std::vector<VideoFrame> kept = Kept(shown, std::vector<uint64_t>(6, 100));
  ASSERT_EQ(facts.video_frames.size(), 4U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(facts.video_frames[i].pdq, kept[i].pdq) << i;
    EXPECT_EQ(facts.video_frames[i].quality, kept[i].quality) << i;
  }
  EXPECT_FALSE(Examine(drawing::EncodeWebp(pictures[0])).frames != 1);
}

TEST(Animation, WhatEndsEarlyOrIsDamagedBehindTheFirstPictureIsKeptAsFarAsItGoes) {
  const std::vector<Part> parts = Whole({1, 2, 3, 4, 5, 6});
  const Bytes whole = EncodeParts(parts);
  const std::vector<VideoFrame> all = Examine(whole).video_frames;
  ASSERT_EQ(all.size(), 6U);
  const FileFacts cut = Examine(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
  EXPECT_EQ(cut.state, State::kTruncated);
  EXPECT_EQ(cut.reason, Reason::kEndedEarly);
  ASSERT_GE(cut.video_frames.size(), 3U);
  EXPECT_TRUE(std::equal(all.begin(), all.begin() + 2, cut.video_frames.begin()));

  Bytes damaged = whole;  // no block can be so long behind codes that end the picture
  std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(whole.size() * 3 / 4), 300, uint8_t{0xFF});
  const FileFacts hurt = Examine(damaged);
  EXPECT_EQ(hurt.state, State::kTruncated);
  EXPECT_GE(hurt.video_frames.size(), 3U);

  std::vector<Picture> pictures;
  for (const uint64_t seed : {1U, 2U, 3U, 4U}) pictures.push_back(drawing::DrawScene(seed, kWidth, kHeight));
  const Bytes webp = drawing::EncodeAnimatedWebp(pictures);
  const FileFacts part = Examine(Bytes(webp.begin(), webp.begin() + static_cast<std::ptrdiff_t>(webp.size() * 3 / 4)));
  EXPECT_EQ(part.state, State::kTruncated);
  EXPECT_GE(part.video_frames.size(), 2U);
  EXPECT_EQ(part.video_frames[1], Examine(webp).video_frames[1]);
}

TEST(Animation, WhatWouldTakeTooLongIsLeftAndSaid) {
  // Small parts on a large canvas, each of which costs the whole of it: a few kilobytes, and hours.
  std::vector<Part> parts(700, {.picture = drawing::DrawScene(1, 8, 8)});
  Bytes gif = EncodeParts(parts);
  gif[6] = gif[8] = 0;  // the canvas: 1,024 x 1,024
  gif[7] = gif[9] = 4;
  const FileFacts facts = Examine(gif);
  EXPECT_EQ(facts.state, State::kTruncated);
  EXPECT_EQ(facts.reason, Reason::kFrameLimit);
  EXPECT_EQ(facts.frames, 700U);
  EXPECT_FALSE(facts.video_frames.empty());
  gif[7] = gif[9] = 20;  // 5,120 x 5,120
  const FileFacts larger = Examine(gif);
  EXPECT_EQ(larger.reason, Reason::kFrameLimit);
  EXPECT_TRUE(larger.pdq);
  EXPECT_TRUE(larger.video_frames.empty());
}

TEST(Animation, OfAnAnimatedPngEachPictureIsAsAViewerShowsIt) {
  size_t compared = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const auto at = [&](uint64_t salt, uint64_t below) {
      return static_cast<uint32_t>((seed * 7919 + salt * 104729) / 7 % below);
    };
    std::vector<testing::Layer> layers;
    std::vector<Bytes> shown;
    Bytes canvas(size_t{kWidth} * kHeight * 3);
    const bool separate = seed % 4 == 3;
    for (uint64_t i = 0; i < 7; ++i) {
      const uint32_t width = i == 0 ? kWidth : 40 + at(i, 50), height = i == 0 ? kHeight : 30 + at(i + 50, 30);
      layers.push_back({.left = at(i + 9, kWidth - width + 1),
                        .top = at(i + 19, kHeight - height + 1),
                        .picture = drawing::DrawScene(seed * 100 + i, width, height),
                        .dispose = static_cast<uint8_t>(i == 0 && separate ? 1 : at(i + 39, 3)),
                        .blend = static_cast<uint8_t>(i == 0 ? 0 : at(i + 49, 2)),
                        .controlled = i > 0 || !separate});
      const testing::Layer& layer = layers.back();
      const Bytes before = canvas;
      const auto each = [&](const auto& act) {
        for (size_t k = 0; k < size_t{width} * height; ++k)
          for (size_t c = 0; c < 3; ++c)
            act(canvas[((layer.top + k / width) * kWidth + layer.left + k % width) * 3 + c], k, c);
      };
      each([&](uint8_t& sample, size_t k, size_t c) {
        const double weight = testing::AlphaAt(layer, k) / 255.0;
        sample = static_cast<uint8_t>(layer.picture.rgb[3 * k + c] * weight + sample * (1 - weight) + 0.5);
      });
      shown.push_back(canvas);
      if (layer.dispose == 1) each([](uint8_t& sample, size_t, size_t) { sample = 0; });
      if (layer.dispose == 2) canvas = before;
    }
    const FileFacts facts = Examine(testing::EncodeApng(layers, kWidth, kHeight));
    EXPECT_EQ(facts.state, State::kExamined) << seed;
    EXPECT_EQ(facts.frames, 7U) << seed;
    std::vector<uint64_t> millis(7, 100);
    if (separate) millis[0] = 0;
    EXPECT_EQ(facts.video_frames, Kept(shown, millis)) << seed;
    compared += facts.video_frames.size();
  }
  EXPECT_GT(compared, 150U);
}

TEST(Animation, OfAnAnimatedPngThatEndsEarlyIsKeptWhatIsThere) {
  std::vector<testing::Layer> layers;
  for (const uint64_t seed : {1U, 2U, 3U, 4U}) layers.push_back({.picture = drawing::DrawScene(seed, kWidth, kHeight)});
  const Bytes whole = testing::EncodeApng(layers, kWidth, kHeight);
  const FileFacts all = Examine(whole);
  ASSERT_EQ(all.video_frames.size(), 4U);
  const FileFacts cut = Examine(Bytes(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(whole.size() / 3)));
  EXPECT_EQ(cut.state, State::kTruncated);
  ASSERT_EQ(cut.video_frames.size(), 2U);
  EXPECT_TRUE(std::equal(cut.video_frames.begin(), cut.video_frames.end(), all.video_frames.begin()));
  layers[2].left = 1;  // over the edge: no such picture may be
  const FileFacts wrong = Examine(testing::EncodeApng(layers, kWidth, kHeight));
  EXPECT_EQ(wrong.state, State::kTruncated);
  EXPECT_EQ(wrong.reason, Reason::kDamagedData);
  EXPECT_EQ(wrong.video_frames.size(), 2U);
}

TEST(Animation, ThePagesOfATiffAreFingerprintedEachWhateverTheirSizes) {
  const std::vector<Picture> pictures{drawing::DrawScene(1, 700, 500), drawing::DrawScene(2, 96, 64),
                                      drawing::DrawScene(2, 96, 64), drawing::DrawScene(3, 64, 1200)};
  const Bytes tiff = testing::EncodeTiffPages(pictures, {});
  const FileFacts facts = Examine(tiff);
  EXPECT_EQ(facts.state, State::kExamined);
  EXPECT_EQ(facts.width, 700U);
  ASSERT_EQ(facts.video_frames.size(), pictures.size());
  for (uint32_t i = 0; i < pictures.size(); ++i) {
    const Picture& page = pictures[i];
    const PdqHash whole = JudgePdq(
        {.width = page.width, .height = page.height, .channels = 3, .pixels = {page.rgb.begin(), page.rgb.end()}});
    EXPECT_EQ(facts.video_frames[i].number, i);
    EXPECT_NEAR(facts.video_frames[i].quality, whole.quality, 1);
    EXPECT_LE(Distance(facts.video_frames[i].pdq, whole.hash), 4) << i;  // sums in another order
  }
  EXPECT_TRUE(Examine(testing::EncodeTiff(pictures[0], {})).video_frames.empty());

  // The last page's directory is the end of the file.
  const FileFacts cut = Examine(Bytes(tiff.begin(), tiff.end() - 20));
  EXPECT_EQ(cut.state, State::kTruncated);
  ASSERT_EQ(cut.video_frames.size(), 3U);
  EXPECT_TRUE(std::equal(cut.video_frames.begin(), cut.video_frames.end(), facts.video_frames.begin()));
}

}  // namespace
}  // namespace crossguard::examine
