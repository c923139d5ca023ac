#include "drawing/scene_layout.h"

#include <algorithm>
#include <cmath>

#include "drawing/random.h"

namespace crossguard::drawing {
namespace {

// A direction at `turn` (0..1) of a full turn, by the rational form of the circle: no sine whose last bit differs
// between machines. Turns are not exactly even, which nobody sees.
Point Direction(double turn) {
  const int quarter = static_cast<int>(turn * 4) & 3;
  const double t = turn * 4 - static_cast<int>(turn * 4);
  const double x = (1 - t * t) / (1 + t * t), y = 2 * t / (1 + t * t);
  switch (quarter) {
    case 0:
      return {x, y};
    case 1:
      return {-y, x};
    case 2:
      return {-x, -y};
    default:
      return {y, -x};
  }
}

Colour OfHue(double hue, double saturation, double value) {  // all 0..1
  const double sector = (hue - static_cast<int>(hue)) * 6;
  const auto part = [&](double shift) {
    double k = shift + sector;
    if (k >= 6) k -= 6;
    return 255 * value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0));
  };
  return {part(5), part(3), part(1)};
}

// A palette as photographs have it: two or three related hues, and now and then a foreign one.
class Palette {
 public:
  explicit Palette(Random& random) : hue_(random.Unit()), saturation_(random.Between(0.05, 0.6)) {}
  Colour Pick(Random& random, double value_min, double value_max) const {
    const double shift = random.Below(4) == 0 ? random.Unit() : random.Between(-0.09, 0.09);
    const double saturation = std::clamp(saturation_ + random.Between(-0.25, 0.3), 0.0, 0.95);
    return OfHue(hue_ + 1 + shift, saturation, random.Between(value_min, value_max));
  }

 private:
  double hue_, saturation_;
};

double Smooth(double t) {
  return t * t * (3 - 2 * t);
}

// Adds value noise of `cells` cells across to the field.
void AddOctave(Random& random, int cells, double amplitude, std::vector<double>& field) {
  const size_t side = static_cast<size_t>(cells) + 2;
  std::vector<double> lattice(side * side);
  for (double& value : lattice) value = random.Between(-amplitude, amplitude);
  const double offset_x = random.Unit(), offset_y = random.Unit();
  std::array<size_t, kPoints> column;
  std::array<double, kPoints> across;
  const auto place = [&](int i, double offset) {
    return std::max(0.0, static_cast<double>(i - 1) / kCells * cells + offset);
  };
  for (int i = 0; i < kPoints; ++i) {
    const double x = place(i, offset_x);
    column[static_cast<size_t>(i)] = std::min(side - 2, static_cast<size_t>(x));
    across[static_cast<size_t>(i)] = Smooth(std::min(1.0, x - static_cast<double>(column[static_cast<size_t>(i)])));
  }
  double* out = field.data();
  for (int j = 0; j < kPoints; ++j) {
    const double y = place(j, offset_y);
    const size_t row = std::min(side - 2, static_cast<size_t>(y));
    const double down = Smooth(std::min(1.0, y - static_cast<double>(row)));
    for (size_t i = 0; i < kPoints; ++i) {
      const double* cell = &lattice[row * side + column[i]];
      const double above = cell[0] + (cell[1] - cell[0]) * across[i];
      const double below = cell[side] + (cell[side + 1] - cell[side]) * across[i];
      *out++ += above + (below - above) * down;
    }
  }
}

// A ground that fades from one colour into another across the picture, a second fade in clouds, light and shade.
std::vector<Colour> Ground(Random& random, const Palette& palette) {
  const Colour from = palette.Pick(random, 0.25, 0.9), to = palette.Pick(random, 0.25, 0.9);
  const Colour cloud = palette.Pick(random, 0.2, 0.9);
  const Point direction = Direction(random.Unit());
  const double steepness = random.Between(0.8, 5), middle = random.Between(-0.2, 0.2);
  std::vector<double> light(size_t{kPoints} * kPoints), clouds(light.size());
  AddOctave(random, 2 + static_cast<int>(random.Below(3)), 1, clouds);
  AddOctave(random, 5 + static_cast<int>(random.Below(3)), 0.5, clouds);
  double amplitude = random.Between(14, 48);
  const double persistence = random.Between(0.72, 0.9);
  for (const int cells : {3, 6, 11, 19, 34}) {
    AddOctave(random, cells, amplitude, light);
    amplitude *= persistence;
  }
  std::vector<Colour> ground(light.size());
  for (size_t i = 0; i < ground.size(); ++i) {
    const double x = static_cast<double>(i % kPoints) / kCells - 0.5,
                 y = static_cast<double>(i / kPoints) / kCells - 0.5;
    const double along = (direction.x * x + direction.y * y - middle) * steepness + 0.5;
    Colour colour = Mix(from, to, Smooth(std::clamp(along, 0.0, 1.0)));
    colour = Mix(colour, cloud, Smooth(std::clamp(clouds[i] + 0.4, 0.0, 1.0)));
    ground[i] = {colour.red + light[i], colour.green + light[i], colour.blue + light[i]};
  }
  return ground;
}

void AddBlob(Random& random, const Colour& colour, std::vector<Colour>& smooth) {
  const Point centre{random.Between(-0.05, 1.05), random.Between(-0.05, 1.05)}, direction = Direction(random.Unit());
  const double along = random.Between(0.05, 0.3), aside = random.Between(0.05, 0.2);
  const double strength = random.Between(0.5, 1);
  for (size_t j = 0; j < kPoints; ++j) {
    const double y = (static_cast<double>(j) - 1) / kCells - centre.y;
    for (size_t i = 0; i < kPoints; ++i) {
      const double x = (static_cast<double>(i) - 1) / kCells - centre.x;
      const double u = (direction.x * x + direction.y * y) / along, v = (direction.x * y - direction.y * x) / aside;
      const double rest = 1 - u * u - v * v;
      if (rest > 0) smooth[j * kPoints + i] = Mix(smooth[j * kPoints + i], colour, strength * rest * rest);
    }
  }
}

void SetReach(Shape& shape) {
  if (shape.corners.empty()) {
    const double half = std::sqrt(shape.a / (shape.a * shape.c - shape.b * shape.b));
    shape.top = shape.centre.y - half;
    shape.bottom = shape.centre.y + half;
    return;
  }
  const auto [top, bottom] = std::ranges::minmax(shape.corners, {}, &Point::y);
  shape.top = top.y;
  shape.bottom = bottom.y;
}

std::vector<Point> Bar(Point centre, Point direction, double half_length, double half_width) {
  const Point along{direction.x * half_length, direction.y * half_length};
  const Point aside{-direction.y * half_width, direction.x * half_width};
  return {{centre.x + along.x + aside.x, centre.y + along.y + aside.y},
          {centre.x + along.x - aside.x, centre.y + along.y - aside.y},
          {centre.x - along.x - aside.x, centre.y - along.y - aside.y},
          {centre.x - along.x + aside.x, centre.y - along.y + aside.y}};
}

Shape OneShape(Random& random, const Palette& palette) {
  Shape shape;
  shape.centre = {random.Between(-0.05, 1.05), random.Between(-0.05, 1.05)};
  const double turn = random.Unit(), along = random.Between(0.04, 0.2), aside = random.Between(0.03, 0.16);
  const Point direction = Direction(turn);
  switch (random.Below(3)) {
    case 0:
      shape.corners = Bar(shape.centre, random.Below(3) == 0 ? Point{1, 0} : direction, along, aside);
      break;
    case 1: {
      const double p = 1 / (along * along), q = 1 / (aside * aside);
      shape.a = direction.x * direction.x * p + direction.y * direction.y * q;
      shape.b = direction.x * direction.y * (p - q);
      shape.c = direction.y * direction.y * p + direction.x * direction.x * q;
      break;
    }
    default: {
      const uint32_t corners = 3 + random.Below(4);
      for (uint32_t i = 0; i < corners; ++i) {
        const double at = turn + (i + random.Between(0.1, 0.9)) / corners;
        const Point corner = Direction(at - static_cast<int>(at));
        shape.corners.push_back({shape.centre.x + corner.x * along, shape.centre.y + corner.y * along});
      }
    }
  }
  shape.colour_top = palette.Pick(random, 0.05, 1);
  const Colour other = palette.Pick(random, 0.05, 1);  // apart: the order of arguments is the compiler's
  shape.colour_bottom = Mix(shape.colour_top, other, random.Between(0.1, 0.7));
  shape.opacity = random.Between(0.6, 1);
  SetReach(shape);
  return shape;
}

void AddStripes(Random& random, const Palette& palette, std::vector<Shape>& shapes) {
  const Point centre{random.Unit(), random.Unit()}, direction = Direction(random.Unit());
  const int bands = 3 + static_cast<int>(random.Below(8));
  const double width = random.Between(0.012, 0.035), length = random.Between(0.08, 0.3);
  const Colour odd = palette.Pick(random, 0.05, 1), even = palette.Pick(random, 0.05, 1);
  const double opacity = random.Between(0.6, 1);
  for (int band = 0; band < bands; ++band) {
    const double aside = (band - bands / 2.0) * 2 * width;
    Shape shape;
    shape.corners = Bar({centre.x - direction.y * aside, centre.y + direction.x * aside}, direction, length, width);
    shape.colour_top = shape.colour_bottom = band % 2 == 0 ? even : odd;
    shape.opacity = opacity;
    SetReach(shape);
    shapes.push_back(std::move(shape));
  }
}

}  // namespace

bool Shape::Span(double y, double& begin, double& end) const {
  if (y < top || y >= bottom) return false;
  if (corners.empty()) {
    const double dy = y - centre.y;
    const double root = b * b * dy * dy - a * (c * dy * dy - 1);
    if (root <= 0) return false;
    const double half = std::sqrt(root) / a;  // IEEE rounds square roots exactly
    begin = centre.x - b * dy / a - half;
    end = centre.x - b * dy / a + half;
    return true;
  }
  begin = 2;
  end = -1;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Point &p = corners[i], &q = corners[(i + 1) % corners.size()];
    if ((p.y <= y) == (q.y <= y)) continue;
    const double x = p.x + (y - p.y) / (q.y - p.y) * (q.x - p.x);
    begin = std::min(begin, x);
    end = std::max(end, x);
  }
  return begin < end;
}

Layout LayOut(uint64_t seed) {
  Random random(Random(seed).Next());
  const Palette palette(random);
  Layout layout;
  layout.smooth = Ground(random, palette);
  for (uint32_t blobs = 4 + random.Below(9); blobs > 0; --blobs) {
    AddBlob(random, palette.Pick(random, 0.1, 1), layout.smooth);
  }
  for (uint32_t shapes = 3 + random.Below(9); shapes > 0; --shapes) {
    layout.shapes.push_back(OneShape(random, palette));
  }
  for (uint32_t stripes = random.Below(3); stripes > 0; --stripes) AddStripes(random, palette, layout.shapes);
  layout.texture = random.Between(12, 60);
  layout.texture_x = random.Below(256);
  layout.texture_y = random.Below(256);
  layout.noise = random.Between(5, 20);
  layout.noise_seed = random.Next();
  return layout;
}

}  // namespace crossguard::drawing
