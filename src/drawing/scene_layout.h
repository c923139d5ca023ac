// Private to src/drawing: what a scene is, in unit coordinates (x to the right, y down, 0..1), before it has pixels.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace crossguard::drawing {

struct Colour {
  double red = 0, green = 0, blue = 0;  // 0..255
};
inline Colour Mix(const Colour& a, const Colour& b, double share_of_b) {
  return {a.red + (b.red - a.red) * share_of_b, a.green + (b.green - a.green) * share_of_b,
          a.blue + (b.blue - a.blue) * share_of_b};
}

struct Point {
  double x = 0, y = 0;
};

// A hard shape: convex, so that a row of pixels meets it in one span.
struct Shape {
  std::vector<Point> corners;                             // of a polygon, in order; empty: an ellipse
  Point centre;                                           // of an ellipse
  double a = 0, b = 0, c = 0;                             // a dx^2 + 2 b dx dy + c dy^2 <= 1
  double top = 0, bottom = 0;                             // where it begins and ends in y
  Colour colour_top, colour_bottom;                       // it is shaded from the one to the other
  double opacity = 1;                                     // 0..1
  bool Span(double y, double& begin, double& end) const;  // false: the line at y does not meet it
};

// The smooth part of a scene, colours at the control points of a uniform cubic B-spline surface: kCells cells each way,
// one point more around.
constexpr int kCells = 64;
constexpr int kPoints = kCells + 3;

struct Layout {
  std::vector<Colour> smooth;  // kPoints rows of kPoints
  std::vector<Shape> shapes;   // painted in this order
  double texture = 0;          // levels of fine smooth noise
  uint32_t texture_x = 0;      // where in the texture the scene begins
  uint32_t texture_y = 0;
  double noise = 0;  // levels of sensor noise at most
  uint64_t noise_seed = 0;
};

Layout LayOut(uint64_t seed);

}  // namespace crossguard::drawing
