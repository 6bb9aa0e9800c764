"""Writing the results of an analysis."""

from collections.abc import Callable
from pathlib import Path

from crmlab.analysis import export, folder, report
from crmlab.analysis import lessons as course
from crmlab.analysis.case import ORDERS, case
from crmlab.analysis.outcome import Outcome

Progress = Callable[[str], None]


def save(
    analysis: Outcome, out: Path, *, force: bool, lessons: bool, jobs: int, progress: Progress
) -> list[course.Done]:
    """Write everything to a folder, whole or not at all. See `Analysis.save`."""
    with folder.building(out, force=force) as work:
        progress("Files")
        notes = _write_data(analysis, work)
        with_lessons = lessons and analysis.audit is not None
        done = _run_lessons(analysis, work, jobs, progress) if with_lessons else []
        progress("Report")
        (work / "report.html").write_text(report.page(analysis, done, notes), encoding="utf-8")
    return done


def _write_data(analysis: Outcome, work: Path) -> list[str]:
    """Write the customers and, where there is an audit, the rest; return what the reader should know."""
    import yaml

    audit = analysis.audit
    if audit is not None:
        audit.transactions.to_parquet(work / ORDERS)
        text = yaml.safe_dump(case(analysis.base), allow_unicode=True, sort_keys=False)
        (work / "case.yaml").write_text(text, encoding="utf-8")
        audit.write(work, analysis.sections["audit"].facts["otherwise"])
    return export.write_customers(analysis.standing, work)


def _run_lessons(analysis: Outcome, work: Path, jobs: int, progress: Progress) -> list[course.Done]:
    return course.run(work, analysis.audit.verdicts(), jobs, progress)
