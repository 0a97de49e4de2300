# SPDX-License-Identifier: BSD-2-Clause
"""pytest hooks: the pool of runs, replay commands of failed tests, the closing line."""
import pytest

import harness

counts = {"passed": 0, "failed": 0}


@pytest.fixture
def result(request):
    """The harness.Result of the run that @runs names, or what its task returned."""
    return harness.pool.result(request.param)


def job_of(item):
    callspec = getattr(item, "callspec", None)
    job = callspec.params.get("result") if callspec else None
    return job if isinstance(job, (harness.Job, harness.Task)) else None


def pytest_collection_finish(session):
    if not session.config.option.collectonly:
        for item in session.items:
            if job_of(item):
                harness.pool.submit(job_of(item))


def pytest_runtest_setup(item):
    harness.replays.clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        lines = list(dict.fromkeys(harness.replays))
        if job_of(item):
            lines.append(getattr(item, "replay", None) or job_of(item).replay)
        if lines:
            report.sections.append(("replay", "\n".join(lines)))
        report.sections.append(("this test alone", "scripts/test 'tests/%s'" % item.nodeid))


def pytest_runtest_logreport(report):
    if report.failed:
        counts["failed"] += 1
    elif report.passed and report.when == "call":
        counts["passed"] += 1


def pytest_collectreport(report):
    if report.failed:
        counts["failed"] += 1


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    harness.pool.stop()
    if session.exitstatus == 0 and not counts["passed"] and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not config.option.collectonly:
        reporter.write_line("%(passed)d passed, %(failed)d failed" % counts)
