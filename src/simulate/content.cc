#include "simulate/content.h"

#include <algorithm>
#include <array>

#include "drawing/drawing.h"

namespace crossguard::simulate {
namespace {

using drawing::Picture;

uint32_t Times(uint32_t side, double factor) {
  return std::max<uint32_t>(32, static_cast<uint32_t>(side * factor));
}

Picture CropBorder(const Picture& picture, double left, double top, double keep) {
  const auto part = [](uint32_t side, double factor) { return static_cast<uint32_t>(side * factor); };
  return drawing::Crop(picture, part(picture.width, left), part(picture.height, top),
                       std::max(1U, part(picture.width, keep)), std::max(1U, part(picture.height, keep)));
}

Picture Edited(const Picture& picture, const PlannedContent& content, SeededRandom& random) {
  switch (content.edit) {
    case Edit::kOriginal:
    case Edit::kReencode:
    case Edit::kClip:
    case Edit::kClipBetween:
    case Edit::kFewerFrames:
    case Edit::kStill:
      return picture;
    case Edit::kResize: {
      const double factor = 0.35 + 0.8 * random.Unit();
      return drawing::Resize(picture, Times(picture.width, factor), Times(picture.height, factor));
    }
    case Edit::kMildCrop:
      return CropBorder(picture, 0.008, 0.008, 0.984);
    case Edit::kMildColour:
      return drawing::Recolour(picture, {.brightness = 0.12 * random.Unit() - 0.06,
                                         .contrast = 0.85 + 0.3 * random.Unit(),
                                         .saturation = 0.4 + random.Unit()});
    case Edit::kNoise:
      return drawing::AddNoise(picture, content.variant, 6 + static_cast<int>(random.Below(10)));
    case Edit::kHardCrop:
      return CropBorder(picture, 0.3 * random.Unit(), 0.3 * random.Unit(), 0.65);
    case Edit::kMirror:
      return drawing::Mirror(picture);
    case Edit::kCaption:
      return drawing::Caption(picture, "SAMPLE " + std::to_string(content.variant % 1000), content.variant);
    case Edit::kHardColour:
      return drawing::Recolour(picture, {.brightness = 0.45, .contrast = 2.4, .saturation = 0});
  }
  return picture;
}

std::string Make(uint64_t camera) {
  return SeededRandom(camera).Chance(0.5) ? "Kauri Optics" : "Birch Imaging";
}

// What the picture shows, or what it showed before it was exchanged.
Bytes StandInOf(const PlannedContent& content) {
  if (content.stand_in == StandIn::kNone) return {};
  const uint64_t scene = content.stand_in == StandIn::kOwn ? content.base : Mix(content.base, 91);
  const uint32_t longer = std::max(content.width, content.height);
  return drawing::EncodeJpeg(drawing::DrawScene(scene, std::max(16U, content.width * 160 / longer),
                                                std::max(16U, content.height * 160 / longer)),
                             {.quality = 80});
}

Bytes Exif(const PlannedContent& content) {
  if (content.camera == 0) return {};
  SeededRandom random(Mix(content.base, 3));
  SeededRandom body(content.camera);
  const auto two = [&](uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  drawing::ExifForm form{.big_endian = random.Chance(0.3), .make = body.Chance(0.5) ? "Kauri Optics" : "Birch Imaging"};
  form.model = "K-" + std::to_string(100 + body.Below(40));
  form.serial = "SN" + std::to_string(content.camera);
  form.taken_at = "20" + std::to_string(19 + random.Below(3)) + ":" + two(1 + random.Below(12)) + ":" +
                  two(1 + random.Below(28)) + " " + two(random.Below(24)) + ":" + two(random.Below(60)) + ":00";
  if (random.Chance(0.4)) form.utc_offset = "+12:00";
  form.orientation = random.Chance(0.2) ? 6 : 1;
  form.thumbnail = StandInOf(content);
  return drawing::MakeExif(form);
}

// Of an animation: the picture, and others that come of it.
std::vector<Picture> Frames(const Picture& picture) {
  return {picture, drawing::Mirror(picture), drawing::Recolour(picture, {.brightness = 0.2})};
}

Bytes Encoded(const Picture& picture, const PlannedContent& content) {
  switch (content.form) {
    case Form::kJpeg:
    case Form::kProgressiveJpeg:
    case Form::kGreyJpeg:
      return drawing::EncodeJpeg(picture, {.quality = content.quality,
                                           .progressive = content.form == Form::kProgressiveJpeg,
                                           .components = content.form == Form::kGreyJpeg ? 1 : 3,
                                           .exif = Exif(content)});
    case Form::kPng:
      return drawing::EncodePng(picture);
    case Form::kWebp:
      return drawing::EncodeWebp(picture);
    case Form::kGif: {
      std::vector<Picture> frames{picture};
      if (content.variant % 3 == 0) frames.push_back(drawing::Mirror(picture));
      return drawing::EncodeGif(frames);
    }
    case Form::kHeic:
    case Form::kAvif:
      return drawing::EncodeHeif(
          picture,
          {.avif = content.form == Form::kAvif, .quality = std::min(content.quality, 90), .exif = Exif(content)});
    case Form::kJxl:
      return drawing::EncodeLossyJxl(picture);
    case Form::kTiff:
      return drawing::EncodePlainTiff(picture);
    case Form::kBmp:
      return drawing::EncodePlainBmp(picture);
    case Form::kDng:
      return drawing::MakeDng(picture, drawing::EncodeJpeg(picture, {.quality = content.quality}), Make(content.camera),
                              "K-" + std::to_string(content.camera % 100));
    case Form::kHeicSequence:
    case Form::kAvifSequence:
      return drawing::EncodePictureSequence(Frames(picture), content.form == Form::kAvifSequence);
    case Form::kAnimatedWebp:
      return drawing::EncodeAnimatedWebp(Frames(picture));
    case Form::kAnimatedGif:
      return drawing::EncodeGif(Frames(picture));
    case Form::kVideo:
    case Form::kTarGz:
    case Form::kMail:
    case Form::kPdf:
    case Form::kZip:
    case Form::kSevenZip:
    case Form::kIso:
    case Form::kDocx:
    case Form::kOdt:
    case Form::kOther:
      break;
  }
  return {};
}

// Kinds that are kept, hashed and named, not opened.
Bytes OtherBytes(uint64_t variant) {
  SeededRandom random(variant);
  Bytes out;
  switch (random.Below(3)) {
    case 0: {
      std::string text = "Shopping list\n";
      for (uint64_t i = 0; i < 20 + random.Below(80); ++i)
        text += "item " + std::to_string(random.Below(10'000)) + "\n";
      return ToBytes(text);
    }
    case 1:
      out = ToBytes(std::string_view("%PDF-1.4\n%synthetic, no pages\n"));
      break;
    default:
      out.resize(200);
      break;
  }
  const size_t head = out.size();
  out.resize(head + 2'000 + random.Below(40'000));
  random.Fill(std::span(out).subspan(head));
  return out;
}

using Members = std::vector<std::pair<std::string, Bytes>>;

// What an office document is made of beside its pictures comes first.
Members PartsAnd(Form form, Members pictures) {
  if (form == Form::kDocx) return drawing::DocxMembers(std::move(pictures));
  if (form == Form::kOdt) return drawing::OdtMembers(std::move(pictures));
  return pictures;
}

Bytes Packed(Form form, const Members& members) {
  switch (form) {
    case Form::kMail:
      return drawing::MakeMail(members);
    case Form::kTarGz:
      return drawing::MakeTarGz(members);
    case Form::kSevenZip:
      return drawing::MakeSevenZip(members);
    case Form::kIso:
      return drawing::MakeIso(members);
    case Form::kPdf: {
      std::vector<Bytes> jpegs;
      for (const auto& [name, bytes] : members) jpegs.push_back(bytes);
      return drawing::MakePdf(jpegs);
    }
    case Form::kDocx:
    case Form::kOdt:
      return drawing::MakeOffice(members);
    default:
      return drawing::MakeZip(members);
  }
}

// What happens to a file of this size.
struct Harm {
  uint64_t size_bytes = 0;
  std::vector<std::pair<uint64_t, uint8_t>> overwritten;  // in this order
};

Harm HarmOf(const PlannedContent& content, uint64_t size_bytes) {
  Harm out{.size_bytes = size_bytes, .overwritten = {}};
  SeededRandom random(Mix(content.variant, content.base ^ 9U));
  switch (content.damage) {
    case Damage::kEmpty:
      out.size_bytes = 0;
      break;
    case Damage::kTruncated:
      out.size_bytes = static_cast<uint64_t>(static_cast<double>(size_bytes) * (0.15 + 0.6 * random.Unit()));
      break;
    case Damage::kCorrupt:
      for (int i = 0; i < 40 && size_bytes > 300; ++i) {
        const uint64_t at = 200 + random.Below(size_bytes - 200);
        out.overwritten.emplace_back(at, static_cast<uint8_t>(random.Below(256)));
      }
      break;
    case Damage::kNone:
    case Damage::kMislabelled:
      break;
  }
  return out;
}

// Does it to one piece, which begins at this place of the file.
void Apply(const Harm& harm, uint64_t at, Bytes& piece) {
  piece.resize(static_cast<size_t>(std::min<uint64_t>(piece.size(), at < harm.size_bytes ? harm.size_bytes - at : 0)));
  for (const auto& [where, value] : harm.overwritten) {
    if (where >= at && where - at < piece.size()) piece[where - at] = value;
  }
}

}  // namespace

bool IsOriginal(const PlannedContent& content) {
  const bool of_list = content.form == Form::kVideo || content.form <= Form::kGreyJpeg;
  return of_list && content.base != 0 && content.edit == Edit::kOriginal && content.camera == 0 &&
         (content.damage == Damage::kNone || content.damage == Damage::kMislabelled);
}

std::shared_ptr<const drawing::DrawnVideo> ContentMaker::Coded(uint64_t footage, const drawing::VideoForm& form) {
  const auto found =
      std::ranges::find_if(videos_, [&](const CodedVideo& one) { return one.footage == footage && one.form == form; });
  if (found != videos_.end()) {
    videos_.splice(videos_.begin(), videos_, found);
  } else {
    videos_.push_front({footage, form, std::make_shared<const drawing::DrawnVideo>(footage, form)});
  }
  size_t held = 0;
  for (auto one = videos_.begin(); one != videos_.end(); ++one) {
    held += one->video->held_bytes();
    if (held <= kVideoCacheMaxBytes || one == videos_.begin()) continue;
    videos_.erase(one, videos_.end());
    break;
  }
  return videos_.front().video;
}

MadeContent ContentMaker::MakeVideo(const PlannedContent& content, const ContentSink& sink) {
  const auto video = Coded(content.base, *content.video);
  const Harm harm = HarmOf(content, video->size_bytes());
  const bool whole = content.damage == Damage::kNone || content.damage == Damage::kMislabelled;
  DigestStream digests;
  uint64_t at = 0;
  Bytes copy;
  video->Write([&](ByteView piece) {
    ByteView out = piece;
    if (!whole) {
      copy.assign(piece.begin(), piece.end());
      Apply(harm, at, copy);
      out = copy;
    }
    at += piece.size();
    digests.Update(out);
    sink(out);
  });
  return {.bytes = {}, .digests = digests.Finish(), .members = {}};
}

MadeContent ContentMaker::Make(const PlannedContent& content, const ContentSink& sink) {
  if (content.video) return MakeVideo(content, sink);
  MadeContent out = Make(content);
  sink(out.bytes);
  out.bytes.clear();
  return out;
}

MadeContent ContentMaker::Make(const PlannedContent& content) {
  if (content.video) {
    Bytes bytes;
    MadeContent out =
        MakeVideo(content, [&](ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
    out.bytes = std::move(bytes);
    return out;
  }
  const bool original = IsOriginal(content);
  if (original) {
    if (const auto found = by_base_.find(content.base); found != by_base_.end()) {
      latest_.splice(latest_.begin(), latest_, found->second);
      return found->second->second;
    }
  }
  MadeContent out;
  if (!PackedIn(content.form).empty()) {
    Members members;
    for (const PlannedContent& member : content.members) {
      MadeContent made = Make(member);
      out.members.push_back({.digests = made.digests, .members = std::move(made.members)});
      members.emplace_back(std::to_string(members.size() + 1) + std::string(SuffixOf(member)), std::move(made.bytes));
    }
    const size_t pictures = members.size();
    members = PartsAnd(content.form, std::move(members));
    for (size_t i = 0; i < members.size() - pictures; ++i)
      out.members.push_back({.digests = HashAll(members[i].second), .members = {}});
    out.bytes = Packed(content.form, members);
  } else if (content.form == Form::kOther) {
    out.bytes = OtherBytes(content.variant);
  } else if (content.edit == Edit::kStill) {
    out.bytes =
        Encoded(drawing::DrawVideoFrame(content.base, content.still_millis, content.width, content.height), content);
  } else {
    SeededRandom random(content.variant);
    out.bytes =
        Encoded(Edited(drawing::DrawScene(content.base, content.width, content.height), content, random), content);
  }
  Apply(HarmOf(content, out.bytes.size()), 0, out.bytes);
  out.digests = HashAll(out.bytes);
  if (original && out.bytes.size() < kCacheMaxBytes / 8) {
    cached_bytes_ += out.bytes.size();
    latest_.emplace_front(content.base, out);
    by_base_[content.base] = latest_.begin();
    while (cached_bytes_ > kCacheMaxBytes) {
      cached_bytes_ -= latest_.back().second.bytes.size();
      by_base_.erase(latest_.back().first);
      latest_.pop_back();
    }
  }
  return out;
}

}  // namespace crossguard::simulate
