// A data frame in text: a row a sample, its class, perhaps its name, and features, each under a
// heading.
#include <filesystem>
#include <limits>
#include <numeric>

#include "base/at.h"
#include "base/mapped_file.h"
#include "base/stop.h"
#include "base/text.h"
#include "data/folders.h"
#include "data/table_labels.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "imports/frame_columns.h"
#include "imports/import_kinds.h"
#include "imports/table_writer.h"
#include "io/character_rows.h"
#include "io/csv_structure.h"
#include "io/formats.h"

namespace dem {
namespace {

constexpr Index kRowsBetweenStops = 1024;

// What the frame says beside features.
struct FrameLabels {
  std::vector<std::string> classes;  // [n]
  std::vector<std::string> samples;  // [n], or empty
};

class Frame {
 public:
  explicit Frame(const ImportOptions& options)
      : options_(options),
        file_(options.source),
        text_(reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()) {
    refuse_utf16(text_, options.source);
    dialect_ = find_csv_dialect(text_);
    CsvScanner start(text_, dialect_, options.source);
    layout_ = find_frame_layout(start, options.columns);
  }

  [[nodiscard]] const FrameLayout& layout() const { return layout_; }

  // Below the headings.
  [[nodiscard]] Index count_rows() const {
    CsvScanner in = below_headings();
    Index rows = 0;
    for (; !in.at_end(); ++rows) {
      if (!in.skip_plain_record(width())) skip_csv_record(in);
    }
    return rows;
  }

  // Writes the features as they come.
  FrameLabels read(NpyRows& features) const {
    CsvScanner in = below_headings();
    FrameLabels labels;
    std::vector<float> row;
    for (Index done = 0; !in.at_end(); ++done) {
      if (done % kRowsBetweenStops == 0) stop_if_asked(options_.should_stop);
      row.clear();
      read_record(in, row, labels);
      features.add(row);
    }
    return labels;
  }

 private:
  [[nodiscard]] Index width() const { return static_cast<Index>(layout_.roles.size()); }

  [[nodiscard]] CsvScanner below_headings() const {
    CsvScanner in(text_, dialect_, options_.source);
    skip_csv_record(in);
    return in;
  }

  void read_record(CsvScanner& in, std::vector<float>& row, FrameLabels& labels) const {
    for (Index column = 0; column < width(); ++column) {
      const CsvCell cell = in.next();
      if (cell.last != (column + 1 == width())) fail_csv_width(in, cell, width());
      take(in, cell, layout_.roles[at(column)], row, labels);
    }
  }

  void take(const CsvScanner& in,
            const CsvCell& cell,
            FrameRole role,
            std::vector<float>& row,
            FrameLabels& labels) const {
    switch (role) {
      case FrameRole::kFeature:
        row.push_back(number(in, cell));
        return;
      case FrameRole::kClass:
      case FrameRole::kSample: {
        if (cell.text.empty()) in.fail(cell.place, "a name", "an empty cell");
        auto& names = role == FrameRole::kClass ? labels.classes : labels.samples;
        names.push_back(utf8_or_latin1(std::string(cell.text)));
        return;
      }
      case FrameRole::kLeftOut:
        return;
    }
  }

  [[nodiscard]] float number(const CsvScanner& in, const CsvCell& cell) const {
    if (const std::optional<double> value = layout_.numbers.parse(cell.text)) {
      return static_cast<float>(*value);
    }
    const bool may_be_missing = options_.data.missing_features == MissingFeatures::kZero;
    if (may_be_missing && is_missing_cell(cell.text)) {
      return std::numeric_limits<float>::quiet_NaN();
    }
    in.fail(cell.place, "a number", csv_cell_in_words(cell.text));
  }

  const ImportOptions& options_;
  MappedFile file_;
  std::string_view text_;
  CsvDialect dialect_;
  FrameLayout layout_;
};

std::string headings_of(const FrameLayout& layout, FrameRole role) {
  std::vector<std::string> names;
  for (std::size_t column = 0; column < layout.roles.size(); ++column) {
    if (layout.roles[column] == role) names.push_back(shown(layout.headings[column]));
  }
  if (names.empty()) return "none";
  return names.size() < 4 ? join(names) : concat(names.front(), " to ", names.back());
}

void log_columns(const std::string& source, const FrameLayout& layout) {
  log(LogLevel::kInfo,
      concat(source,
             ": classes under ",
             headings_of(layout, FrameRole::kClass),
             ", samples' names under ",
             headings_of(layout, FrameRole::kSample),
             ", ",
             layout.num_features,
             " features under ",
             headings_of(layout, FrameRole::kFeature),
             "; left out: ",
             headings_of(layout, FrameRole::kLeftOut)));
}

void write_frame_labels(const std::string& path, const std::vector<std::string>& classes) {
  std::vector<ClassId> rows(classes.size());
  std::iota(rows.begin(), rows.end(), ClassId{0});
  write_labels(path, classes, rows, {});
}

bool fits_frame(const std::string& source) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(source, ignored) && has_text_ending(source);
}

Translated translate_frame(const ImportOptions& options, const std::string& scratch) {
  DatasetOptions data = options.data;
  if (data.classes_file.empty() || !data.features_file.empty() || !data.labels_file.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(options.source,
                       ": expected a file of classes, a class a row with its description, and no "
                       "other features and labels than those of the frame"));
  }
  const Frame frame(options);
  log_columns(options.source, frame.layout());
  data.name = std::filesystem::path(options.source).stem().string();
  data.layout = "table";
  data.features_file = scratch + "/features.npy";
  data.labels_file = scratch + "/labels.csv";
  NpyRows features(data.features_file, frame.count_rows(), frame.layout().num_features);
  FrameLabels labels = frame.read(features);
  features.commit();
  write_frame_labels(data.labels_file, labels.classes);
  return {std::move(data), std::move(labels.samples)};
}

}  // namespace

ImportEntry frame_kind() {
  return {{"frame",
           "a data frame in text, a row a sample with its class and features under headings, and "
           "a file of classes"},
          fits_frame,
          translate_frame};
}

}  // namespace dem
