from pilots.access.models import User
from portfolio.desk.sample.clear import clear_sample
from portfolio.desk.sample.load import load_sample
from portfolio.desk.sample.people import MANAGER
from portfolio.steering.models import Pack


def test_the_sample_goes_with_its_packs(clock, by_system, few_stories, frozen, make_user, manager):
    load_sample(by=by_system)
    pack = frozen("Look round", by=User.objects.get(email=MANAGER.email))
    assert [program.is_sample for program in pack.programs.all()] == [True]
    clear_sample(by=by_system)
    assert not Pack.objects.exists()
