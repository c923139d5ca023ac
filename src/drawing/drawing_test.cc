#include "drawing/drawing.h"

#include <gtest/gtest.h>

namespace crossguard::drawing {
namespace {

TEST(Scene, HasEverySizeFromOnePixelToALongLine) {
  for (const auto& [width, height] : {std::pair{1U, 1U}, {1U, 5000U}, {5000U, 1U}, {2U, 3U}, {513U, 7U}}) {
    const Picture picture = DrawScene(1, width, height);
    EXPECT_EQ(picture.width, width);
    EXPECT_EQ(picture.height, height);
    EXPECT_EQ(picture.rgb.size(), size_t{width} * height * 3);
    EXPECT_EQ(picture, DrawScene(1, width, height));
  }
}

}  // namespace
}  // namespace crossguard::drawing
