// What is told of the pictures of H.264: that it leaves something out is told here, that it leaves out nothing that is
// needed by video_test, which decodes everything.
#include <gtest/gtest.h>

#include <set>

#include "drawing/video.h"
#include "examine/kernel/h264_begin.h"
#include "examine/kernel/h264_references.h"
#include "examine/kernel/testing_kinds.h"

namespace crossguard::examine {
namespace {

testing::Stream Encode(const char* form) {
  std::vector<drawing::Picture> film;
  for (uint32_t i = 0; i < 40; ++i) film.push_back(drawing::DrawVideoFrame(3, i * 90, 64, 48));
  return testing::StreamOf(testing::EncodeVideo(film, {.keyframe_every = 40, .x264 = form}));
}

uint8_t FirstSliceOf(const Bytes& packet) {  // its NAL unit's first byte
  for (size_t at = 0; at + 4 < packet.size();) {
    const uint8_t type = packet[at + 4] & 0x1FU;
    if (type == 1 || type == 5) return packet[at + 4];
    at += 4 + (size_t{packet[at]} << 24 | size_t{packet[at + 1]} << 16 | size_t{packet[at + 2]} << 8 | packet[at + 3]);
  }
  return 0;
}

TEST(H264References, OfAChainEachPictureRefersToTheOneBefore) {
  const testing::Stream stream = Encode("ref=1:bframes=0");
  H264References references(stream.parameters);
  for (size_t i = 0; i < stream.packets.size(); ++i) {
    const H264Refers refers = references.Take(stream.packets[i]);
    EXPECT_EQ(refers.count, i == 0 ? 0 : 1) << i;
    EXPECT_EQ(refers.back[0], i == 0 ? 0 : 1) << i;
  }
  EXPECT_TRUE(references.followed());
}

TEST(H264References, PicturesBetweenThatOthersBetweenReferToAreNotNeededByTheNextOnes) {
  const testing::Stream stream = Encode("ref=1:bframes=2:b-adapt=0:scenecut=0");
  H264References references(stream.parameters);
  std::set<size_t> needed;  // for the last packet that is referred to at all
  std::vector<H264Refers> all;
  for (const Bytes& packet : stream.packets) all.push_back(references.Take(packet));
  ASSERT_TRUE(references.followed());
  size_t last = stream.packets.size() - 1;
  while (all[last].count != 1) --last;  // P
  needed.insert(last);
  for (size_t i = last + 1; i-- > 0;) {
    if (!needed.contains(i)) continue;
    for (size_t k = 0; k < all[i].count; ++k) needed.insert(i - all[i].back[k]);
  }
  size_t referred = 0;
  for (size_t i = 0; i <= last; ++i) referred += (FirstSliceOf(stream.packets[i]) >> 5) > 0 ? 1U : 0U;
  EXPECT_GT(referred, last / 2);
  EXPECT_LE(needed.size(), last / 3 + 2);
}

TEST(H264References, WhatIsCutKeepsItsHeadersAndLosesTheRest) {
  const testing::Stream stream = Encode("ref=1:bframes=2:b-adapt=0:qp=10");
  H264References references(stream.parameters);
  size_t before = 0, after = 0;
  for (const Bytes& packet : stream.packets) {
    ASSERT_NE(references.Take(packet).count, H264Refers::kAll);
    if ((FirstSliceOf(packet) & 0x1FU) != 1) continue;
    const Bytes cut = references.Cut(packet);
    EXPECT_EQ(FirstSliceOf(cut), FirstSliceOf(packet));
    before += packet.size();
    after += cut.size();
  }
  EXPECT_LT(after * 5, before);
}

TEST(H264References, FieldsAndDamageAreNotFollowed) {
  const testing::Stream fields = Encode("interlaced=1");
  EXPECT_FALSE(H264References(fields.parameters).followed());
  EXPECT_FALSE(H264References({}).followed());
  const testing::Stream stream = Encode("ref=1:bframes=0");
  H264References lost(stream.parameters);
  for (const size_t i : {0U, 1U, 3U}) lost.Take(stream.packets[i]);  // one is missing
  EXPECT_FALSE(lost.followed());
  H264References cut(stream.parameters);
  cut.Take(ByteView(stream.packets[0]).first(stream.packets[0].size() - 1));
  EXPECT_FALSE(cut.followed());
}

TEST(H264References, WithoutArithmeticCodesNothingIsCut) {
  EXPECT_FALSE(H264References(Encode("cabac=0").parameters).followed());
}

TEST(H264Begin, AtARefreshOrAPromiseToBeWholeAtOnce) {
  const auto begins = [](const char* form) {
    std::vector<size_t> out;
    const testing::Stream stream = Encode(form);
    for (size_t i = 0; i < stream.packets.size(); ++i) {
      if (H264BeginsAfresh(stream.packets[i], 4)) out.push_back(i);
    }
    return out;
  };
  EXPECT_EQ(begins("keyint=4:min-keyint=4:bframes=0:scenecut=0").at(1), 4U);
  EXPECT_GT(begins("keyint=4:min-keyint=1:bframes=2:b-adapt=0:open-gop=1:scenecut=0").size(), 1U);
  EXPECT_EQ(begins("keyint=4:min-keyint=1:intra-refresh=1:scenecut=0"), std::vector<size_t>{0});
  const Bytes behind_start_codes{0, 0, 0, 1, 9, 0xF0, 0, 0, 1, 0x65, 0x88, 0x80};
  EXPECT_TRUE(H264BeginsAfresh(behind_start_codes, 0));
  EXPECT_FALSE(H264BeginsAfresh(behind_start_codes, 4));
  EXPECT_FALSE(H264BeginsAfresh({}, 0));
}

}  // namespace
}  // namespace crossguard::examine
