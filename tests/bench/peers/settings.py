# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Django's settings: one application, and the database of the environment."""

import os

SECRET_KEY = "unused"
INSTALLED_APPS = ["bench"]
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
    }
}
