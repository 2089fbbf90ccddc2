"""What begins runs by itself: times, files that appear, projects that become eligible.

timetable  the schedules of the workflows in force, as rows
choosing   which times count, and what becomes of one that comes too soon
arrivals   files that have appeared
eligible   projects for which a condition has become true
firing     beginning the run of an occasion, once
keeper     all of this, as long as a runner is awake
"""
