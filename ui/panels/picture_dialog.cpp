#include "ui/panels/picture_dialog.h"

#include "ui/panels/form.h"

#include <QDialogButtonBox>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

constexpr int usualWidth = 1200;
constexpr int leastHeight = 400;
const QString sizeKey = QStringLiteral("picture/size");

} // namespace

PictureDialog::PictureDialog(const QString& title, const QSize& pane, QSettings& settings, QWidget* parent)
    : QDialog(parent), m_settings(settings), m_width(new QSpinBox(this)), m_height(new QSpinBox(this))
{
    setWindowTitle(title);
    const QSize shape = pane.isEmpty() ? QSize(900, 500) : pane;
    const QSize proposed(usualWidth, std::max(leastHeight, usualWidth * shape.height() / shape.width()));
    const QSize kept = settings.value(sizeKey).toSize();
    const QSize start = kept.isEmpty() ? proposed : kept;
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(20, 16, 20, 14);
    auto* fields = new QWidget(this);
    FormBuilder form(fields);
    for (const auto& [box, value] :
         {std::pair(m_width, start.width()), std::pair(m_height, start.height())}) {
        box->setRange(16, 20000);
        box->setSuffix(tr(" pixels"));
        box->setValue(value);
    }
    form.row(tr("Width"), m_width, tr("Of the picture; SVG and PDF can be scaled later on"));
    form.row(tr("Height"), m_height, tr("Of the picture; SVG and PDF can be scaled later on"));
    form.finish();
    rows->addWidget(fields);
    QLabel* note = noteLabel(this);
    note->setText(tr("Text grows with the picture, so that it can be read at half its size."));
    rows->addWidget(note);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    buttons->button(QDialogButtonBox::Ok)->setText(tr("&Export…"));
    for (QAbstractButton* button : buttons->buttons())
        button->setIcon(QIcon());
    rows->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &PictureDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    setMinimumWidth(360);
    m_width->setFocus();
    m_width->selectAll();
}

QSize PictureDialog::size() const
{
    return {m_width->value(), m_height->value()};
}

void PictureDialog::accept()
{
    m_settings.setValue(sizeKey, size());
    QDialog::accept();
}

} // namespace ui
